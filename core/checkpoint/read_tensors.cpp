#include "core/checkpoint/read_tensors.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "core/kernels/torch_types.h"

namespace octet {
namespace {

// As Torch's own allocator aligns. Kernels round differently for other addresses: what is computed from a
// weight must not depend on where it lies in the file.
constexpr std::uintptr_t kAlignment = 64;

}  // namespace

at::Tensor as_tensor(const StoredTensor& stored, std::shared_ptr<const void> owner) {
  const auto type = torch_type(stored.dtype);
  if (stored.bytes.empty()) return at::empty(stored.shape, type);
  // Torch has no const tensors.
  auto* data = const_cast<std::byte*>(stored.bytes.data());
  if (reinterpret_cast<std::uintptr_t>(data) % kAlignment != 0) {
    auto copy = at::empty(stored.shape, type);
    std::copy(stored.bytes.begin(), stored.bytes.end(), static_cast<std::byte*>(copy.data_ptr()));
    return copy;
  }
  return at::from_blob(
      data, stored.shape, [owner = std::move(owner)](void*) {}, type);
}

std::map<std::string, at::Tensor> read_tensors(const std::filesystem::path& path) {
  const auto file = open_tensor_file(path);
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, stored] : file.tensors)
    tensors.emplace(name, as_tensor(stored, file.storage).clone());
  return tensors;
}

}  // namespace octet
