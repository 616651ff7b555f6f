#include "core/sets/reference_set.h"
#include "tests/fuzz/read_or_refuse.h"

using namespace octet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return test::read_or_refuse([&] {
    const auto set = parse_set(test::text_of(bytes, size), "fuzz");
    if (parse_set(format_set(set), "again") != set) std::abort();
  });
}
