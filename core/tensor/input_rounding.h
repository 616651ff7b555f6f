#pragma once

#include <optional>

namespace octet {

/// What has a scale of its own where inputs are rounded to int8 at run time.
enum class ActivationScales {
  per_tensor,  ///< all of a layer's input
  per_token,   ///< each row of a product: a frame, of a convolution the frames that it sees at once
};

/// How a layer's input is rounded at run time.
struct InputRounding {
  ActivationScales scales = ActivationScales::per_tensor;
  /// Of LLM.int8(): features in which a number is at least this large are not rounded, and scales, those of
  /// tokens, have no zero point. None: every feature is rounded. Infinity where a calibration found them.
  std::optional<float> outliers_from = {};
};

}  // namespace octet
