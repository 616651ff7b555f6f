#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace octet {

/// What a layer was given over the clips of a calibration (docs/formats.md, "Calibration"). A row x is all
/// that one output sees of an input, kernel included, in row-major order of the weight's axes but the output
/// channels'; of ConvTranspose1d, what the outputs of one stride see.
struct InputStatistics {
  at::Tensor hessian;       ///< fp32 [groups, K, K]: mean of x x^T, symmetric; what GPTQ calls H, halved
  at::Tensor mean;          ///< fp32 [groups, K]: mean of x
  at::Tensor largest;       ///< fp32 [channels]: the largest |input| of each channel
  std::int64_t rows = 0;    ///< how many x there were
  std::int64_t phases = 1;  ///< the stride of ConvTranspose1d, whose K is in * ceil(kernel / stride)
};

}  // namespace octet
