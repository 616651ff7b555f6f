#pragma once

#include "core/quant/weight_only_options.h"
#include "core/tensor/weight.h"

namespace octet {

/// Symmetric int8 per output channel (docs/formats.md, "int8 arithmetic"): s = max|W| / 127 in fp32, 1 where
/// that is zero or subnormal, or less where `options` clip; q = round-half-to-even(W / s), clamped to
/// [-127, 127]. `weight`: fp32, finite, any rank >= 1. `channel_axis`: 0, or 1 for ConvTranspose1d
/// [in, out, kernel].
Int8Weight quantize_int8(const at::Tensor& weight, int channel_axis, const WeightOnlyOptions& options = {});

}  // namespace octet
