#include "core/quant/clipped_scale.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "core/kernels/in_parallel.h"

namespace octet {
namespace {

using Channel = std::span<const float>;

constexpr float kNormal = std::numeric_limits<float>::min();
/// Scales from plain rounding's down to half of it, in steps that fp32 has exactly.
constexpr int kSteps = 64;
constexpr int kFewestSteps = 32;

/// Half to even. std::nearbyint is a call where a processor may lack the instruction.
float rounded(float value) {
  constexpr float kOnlyIntegers = 1.5f * (1 << 23);
  return (value + kOnlyIntegers) - kOnlyIntegers;
}

/// Sum of squared errors; `enough` or more where it is not less than that. Each error is rounded to fp32, so
/// that its square is exact: only the sum rounds, one after the other.
double squared_error(Channel weights, float scale, double enough) {
  double sum = 0;
  for (std::size_t i = 0; i < weights.size() && sum < enough; ++i) {
    const double integer = std::clamp(rounded(weights[i] / scale), -127.0f, 127.0f);
    const double error = static_cast<float>(integer * scale - weights[i]);
    sum += error * error;
  }
  return sum;
}

float scale_of_least_error(Channel weights, float plain) {
  float best = plain;
  double least = squared_error(weights, plain, std::numeric_limits<double>::infinity());
  for (int steps = kSteps - 1; steps >= kFewestSteps; --steps) {
    const float scale = plain * (static_cast<float>(steps) / kSteps);
    if (scale < kNormal) break;
    if (const double sum = squared_error(weights, scale, least); sum < least) {
      least = sum;
      best = scale;
    }
  }
  return best;
}

float scale_at_percentile(Channel weights, float plain, double percentile) {
  std::vector<float> sizes(weights.size());
  std::ranges::transform(weights, sizes.begin(), [](float weight) { return std::abs(weight); });
  const auto rank =
      static_cast<std::ptrdiff_t>(std::ceil(percentile * static_cast<double>(sizes.size()) / 100));
  const auto nth = sizes.begin() + rank - 1;
  std::nth_element(sizes.begin(), nth, sizes.end());
  const float scale = *nth / 127.0f;
  return scale < kNormal ? plain : scale;
}

}  // namespace

at::Tensor clipped_scale(const at::Tensor& weight, const at::Tensor& scale, int channel_axis,
                         const WeightOnlyOptions& options) {
  using enum WeightOnlyOptions::Clip;
  if (options.clip == none) return scale;
  const auto channels = weight.transpose(0, channel_axis).contiguous();
  const auto size = static_cast<std::size_t>(channels[0].numel());
  const auto clipped = scale.clone();
  const auto* weights = channels.const_data_ptr<float>();
  auto* scales = clipped.mutable_data_ptr<float>();
  in_parallel(channels.size(0), /*grain=*/1, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const Channel channel(weights + i * size, size);
      scales[i] = options.clip == mse ? scale_of_least_error(channel, scales[i])
                                      : scale_at_percentile(channel, scales[i], options.percentile);
    }
  });
  return clipped;
}

}  // namespace octet
