#pragma once

#include <cmath>
#include <cstdint>

#include "core/kernels/on_both.h"

namespace octet {

/// How numbers become integers from -128 to 127: x / scale + zero_point.
struct Int8Step {
  float scale;
  std::int32_t zero_point;
};

/// ChooseQuantizationParams of aten/src/ATen/native/quantized/cpu/QuantUtils.h for 0 to 255, less 128.
/// `low` <= 0 <= `high`; NaN makes a scale of NaN.
OCTET_ON_BOTH inline Int8Step int8_step_of(float low, float high) {
  constexpr float kSteps = 255, kSmallest = 6.1e-5F;
  constexpr std::int32_t kLeast = -128;
  double scale = (static_cast<double>(high) - static_cast<double>(low)) / static_cast<double>(kSteps);
  if (scale != scale) return {static_cast<float>(scale), 0};
  if (static_cast<float>(scale) == 0.0f || std::isinf(1.0f / static_cast<float>(scale))) scale = 0.1;
  if (scale < static_cast<double>(kSmallest)) {
    const float wider = kSmallest / static_cast<float>(scale);
    scale = static_cast<double>(kSmallest);
    low = high == 0.0f ? -kSmallest * kSteps : low * wider;
  }
  const double zero_point = -static_cast<double>(low) / scale;
  const double inside = zero_point < 0 ? 0 : zero_point > static_cast<double>(kSteps) ? kSteps : zero_point;
  return {static_cast<float>(scale), static_cast<std::int32_t>(std::nearbyint(inside)) + kLeast};
}

}  // namespace octet
