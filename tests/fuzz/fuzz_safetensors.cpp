#include "core/checkpoint/pt_reader.h"
#include "core/checkpoint/tensor_file.h"
#include "tests/fuzz/read_or_refuse.h"

using namespace octet;

// Archives are read by LibTorch, which is not instrumented; fuzz_pickle reads what is in them.
TensorFile octet::read_pt(std::shared_ptr<const HeldFile> file) {
  const auto archive = std::move(file);
  throw Error(ErrorKind::input, archive->name() + ": an archive");
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return test::read_or_refuse([&] {
    const auto file = read_tensor_file(HeldFile::of(test::copy_of(bytes, size), "fuzz"));
    std::uint64_t total = 0;
    for (const auto& [name, tensor] : file.tensors) total += tensor.read().size();
    if (total > size) std::abort();
  });
}
