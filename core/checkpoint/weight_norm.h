#pragma once

#include <ATen/core/Tensor.h>

namespace octet {

/// The weight that weight norm's two parts stand for, by the arithmetic of docs/formats.md, "Weight norm":
/// the same bytes on every processor, for any number of threads. `direction`: fp32 [channels, …], contiguous,
/// on the CPU; `magnitude`: fp32, one per channel. A channel whose direction is all zeros becomes NaN.
at::Tensor fold_weight_norm(const at::Tensor& direction, const at::Tensor& magnitude);

}  // namespace octet
