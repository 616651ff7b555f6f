#include "core/checkpoint/read_tensors.h"

#include <ATen/ATen.h>

#include <span>

#include "core/kernels/torch_types.h"

namespace octet {
at::Tensor as_tensor(const StoredTensor& stored) {
  auto tensor = at::empty(stored.shape, torch_type(stored.dtype));
  stored.read({static_cast<std::byte*>(tensor.data_ptr()), tensor.nbytes()});
  return tensor;
}

std::map<std::string, at::Tensor> read_tensors(const std::filesystem::path& path) {
  const auto file = open_tensor_file(path);
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, stored] : file.tensors) tensors.emplace(name, as_tensor(stored));
  return tensors;
}

}  // namespace octet
