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

HostTensor to_host(const at::Tensor& tensor) {
  HostTensor host{tensor.sizes().vec(), {}};
  if (tensor.is_floating_point())
    host.values = copy_of<float>(tensor, at::kFloat);
  else
    host.values = copy_of<std::int64_t>(tensor, at::kLong);
  return host;
}

}  // namespace octet
