#include "core/synthesis/npy.h"
#include "tests/fuzz/read_or_refuse.h"

using namespace octet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return test::read_or_refuse([&] {
    const auto array = read_npy_integers(test::copy_of(bytes, size), "fuzz");
    std::size_t count = 1;
    for (const auto extent : array.shape) count *= static_cast<std::size_t>(extent);
    if (count != array.values.size()) std::abort();
  });
}
