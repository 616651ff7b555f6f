#include "core/checkpoint/pickle.h"
#include "tests/fuzz/read_or_refuse.h"

using namespace octet;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return test::read_or_refuse([&] {
    const auto contents = read_pickle(test::copy_of(bytes, size), "fuzz");
    for (const auto& [name, tensor] : contents.tensors) {
      // What pickle.h promises: a view lies within its storage.
      std::int64_t last = tensor.offset;
      bool empty = tensor.dtype == Dtype::other;
      for (std::size_t i = 0; i < tensor.shape.size(); ++i) {
        empty = empty || tensor.shape[i] == 0;
        if (!empty) last += (tensor.shape[i] - 1) * tensor.strides.at(i);
      }
      if (!empty && (tensor.offset < 0 || last >= tensor.storage_size)) std::abort();
    }
  });
}
