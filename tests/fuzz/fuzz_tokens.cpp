#include "core/synthesis/token_text.h"
#include "tests/fuzz/read_or_refuse.h"

using namespace octet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return test::read_or_refuse([&] {
    const auto text = test::text_of(bytes, size);
    if (is_token_text(text)) (void)tokens_of_text(text, "fuzz");
  });
}
