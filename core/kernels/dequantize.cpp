#include "core/kernels/dequantize.h"

#include <ATen/ATen.h>

#include "core/tensor/groups.h"

namespace octet {

at::Tensor dequantize(const Int8Weight& weight, at::ScalarType dtype) {
  const auto& [values, scale] = weight;
  if (values.is_cuda()) {
    const auto out = at::empty(values.sizes(), values.options().dtype(dtype));
    std::int64_t channels = scale.numel();
    std::int64_t inner = 1;
    bool behind_channel_axis = false;
    for (std::int64_t axis = 0; axis < scale.dim(); ++axis) {
      if (behind_channel_axis) inner *= values.size(axis);
      if (scale.size(axis) == channels && values.size(axis) == channels && !behind_channel_axis &&
          (channels > 1 || axis == 0))
        behind_channel_axis = true;
    }
    dequantize_cuda(values, scale, channels, inner, out);
    return out;
  }
  return values.to(at::kFloat).mul_(scale).to(dtype);
}

at::Tensor dequantize(const GroupedInt8Weight& weight, at::ScalarType dtype) {
  auto numbers = in_groups(weight.values, weight.channel_axis, weight.group).to(at::kFloat);
  if (weight.zero_point.defined()) numbers.sub_(weight.zero_point.unsqueeze(2));
  numbers.mul_(weight.scale.unsqueeze(2));
  return out_of_groups(numbers, weight.values.sizes(), weight.channel_axis).to(dtype);
}

at::ScalarType common_type(const Weight& weight, at::ScalarType input) {
  return std::visit(
      ForEachKind{
          [&](const DenseWeight& dense) { return at::promote_types(input, dense.values.scalar_type()); },
          [&](const Int8Weight&) { return input; }, [&](const GroupedInt8Weight&) { return input; },
          [&](const DynamicInt8Weight&) { return input; }},
      weight);
}

bool is_held_in(const Weight& weight, at::ScalarType dtype) {
  return std::visit(
      ForEachKind{[&](const DenseWeight& dense) { return dense.values.scalar_type() == dtype; },
                  [](const Int8Weight&) { return false; }, [](const GroupedInt8Weight&) { return false; },
                  [](const DynamicInt8Weight&) { return false; }},
      weight);
}

at::Tensor values_in(const Weight& weight, at::ScalarType dtype) {
  return std::visit(
      ForEachKind{[&](const DenseWeight& dense) { return dense.values.to(dtype); },
                  [&](const Int8Weight& int8) { return dequantize(int8, dtype); },
                  [&](const GroupedInt8Weight& grouped) { return dequantize(grouped, dtype); },
                  [&](const DynamicInt8Weight& dynamic) { return dequantize(dynamic.integers, dtype); }},
      weight);
}

}  // namespace octet
