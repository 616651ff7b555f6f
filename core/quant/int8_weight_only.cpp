#include "core/quant/int8_weight_only.h"

#include <ATen/ATen.h>

#include <limits>

#include "core/quant/clipped_scale.h"

namespace octet {

Int8Weight quantize_int8(const at::Tensor& weight, int channel_axis, const WeightOnlyOptions& options) {
  std::vector<std::int64_t> other_axes;
  for (std::int64_t axis = 0; axis < weight.dim(); ++axis)
    if (axis != channel_axis) other_axes.push_back(axis);
  const auto largest = at::amax(weight.abs(), other_axes, /*keepdim=*/true);
  const auto step = largest / 127.0f;
  const auto plain = at::where(step < std::numeric_limits<float>::min(), at::ones_like(step), step);
  const auto scale = clipped_scale(weight, plain.contiguous(), channel_axis, options);
  const auto values = at::clamp(at::round(weight / scale), -127, 127).to(at::kChar);
  return {values.contiguous(), scale.contiguous()};
}

}  // namespace octet
