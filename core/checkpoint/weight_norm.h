#pragma once

#include <ATen/core/Tensor.h>

namespace octet {

/// The weight that weight norm's two parts stand for, by the arithmetic of docs/formats.md, "Weight norm":
/// the same bytes on every processor, for any number of threads. `direction`: fp32 [channels, …], contiguous,
/// on the CPU; `magnitude`: fp32, one per channel. A channel whose direction is all zeros becomes NaN.
at::Tensor fold_weight_norm(const at::Tensor& direction, const at::Tensor& magnitude);

/// The two parts of a weight: fp32 [channels, 1, …] and [channels, …].
struct WeightNorm {
  at::Tensor magnitude;
  at::Tensor direction;
};

/// Parts that fold into `weight` (fp32, contiguous, on the CPU) but for two roundings: the direction is the
/// weight, the magnitude its norm by the arithmetic above, rounded to fp32. A channel of zeros has the
/// magnitude 0 and a direction of ones, since none has no norm to be divided by.
WeightNorm split_weight_norm(const at::Tensor& weight);

}  // namespace octet
