#include "core/synthesis/host_tensors.h"

#include <ATen/ATen.h>

namespace octet {
namespace {

template <typename T>
std::vector<T> copy_of(const at::Tensor& tensor, at::ScalarType dtype) {
  const auto dense = tensor.to(at::kCPU, dtype).contiguous();
  return {dense.const_data_ptr<T>(), dense.const_data_ptr<T>() + dense.numel()};
}

}  // namespace

at::Tensor to_torch(const HostTensor& tensor) {
  const bool real = std::holds_alternative<std::vector<float>>(tensor.values);
  auto* data =
      std::visit([](const auto& values) { return static_cast<const void*>(values.data()); }, tensor.values);
  return at::from_blob(const_cast<void*>(data), tensor.shape, at::dtype(real ? at::kFloat : at::kLong));
}

std::vector<at::Tensor> brought_here(const std::vector<at::Tensor>& tensors) {
  if (tensors.front().is_cpu()) return tensors;
  // Each starts where any type may.
  constexpr std::int64_t kAlignment = 16;
  std::vector<at::Tensor> parts;
  parts.reserve(tensors.size());
  for (const auto& tensor : tensors) {
    const auto bytes = tensor.contiguous().flatten().view(at::kByte);
    parts.push_back(at::constant_pad_nd(bytes, {0, (kAlignment - bytes.numel() % kAlignment) % kAlignment}));
  }
  const auto here = at::cat(parts).cpu();
  std::vector<at::Tensor> copies;
  copies.reserve(tensors.size());
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto bytes = here.slice(0, begin, begin + static_cast<std::int64_t>(tensors[i].nbytes()));
    copies.push_back(bytes.view(tensors[i].scalar_type()).view(tensors[i].sizes()));
    begin += parts[i].numel();
  }
  return copies;
}

HostTensor to_host(const at::Tensor& tensor) {
  HostTensor host{tensor.sizes().vec(), {}};
  if (tensor.is_floating_point())
    host.values = copy_of<float>(tensor, at::kFloat);
  else
    host.values = copy_of<std::int64_t>(tensor, at::kLong);
  return host;
}

}  // namespace octet
