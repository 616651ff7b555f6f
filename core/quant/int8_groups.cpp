#include "core/quant/int8_groups.h"

#include <ATen/ATen.h>

#include <array>
#include <limits>

#include "core/quant/int8_weight_only.h"
#include "core/tensor/groups.h"

namespace octet {

GroupedInt8Weight quantize_groups(const at::Tensor& weight, int channel_axis,
                                  const WeightOnlyOptions& options) {
  const auto groups = in_groups(weight, channel_axis, options.group);
  const std::array shape{groups.size(0), groups.size(1)};
  const auto made = [&](const at::Tensor& values, const at::Tensor& scale, const at::Tensor& zero_point) {
    return GroupedInt8Weight{out_of_groups(values, weight.sizes(), channel_axis),
                             scale.reshape(shape).contiguous(), zero_point, channel_axis, options.group};
  };
  if (!options.asymmetric) {
    const auto [values, scale] = quantize_int8(groups.flatten(0, 1), 0, options);
    return made(values.view(groups.sizes()), scale, {});
  }
  constexpr int kLeast = -128, kMost = 127;
  const auto low = at::clamp_max(at::amin(groups, 2), 0), high = at::clamp_min(at::amax(groups, 2), 0);
  // Each divided first: their difference may be more than fp32 holds.
  const auto step = high / 255.0f - low / 255.0f;
  const auto scale = at::where(step < std::numeric_limits<float>::min(), at::ones_like(step), step);
  const auto zero_point = at::clamp(at::round(kLeast - low / scale), kLeast, kMost);
  const auto values =
      at::clamp(at::round(groups / scale.unsqueeze(2)) + zero_point.unsqueeze(2), kLeast, kMost);
  return made(values.to(at::kChar), scale, zero_point.to(at::kChar));
}

}  // namespace octet
