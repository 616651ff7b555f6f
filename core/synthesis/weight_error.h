#pragma once

#include "core/checkpoint/checkpoint.h"

namespace octet {

/// Signal-to-noise ratio of a layer's weight once it is int8, in dB: 10 log10(sum W^2 / sum (W - Q)^2), where
/// W is the folded fp32 weight and Q what quantize_int8 makes of it, times its scale. Infinity where nothing
/// is lost, as in an export's int8 layers. Requires layer.quantizable(). Throws Error(input) naming the
/// tensor when a value is not finite.
double int8_weight_snr(const Checkpoint& checkpoint, const Layer& layer);

}  // namespace octet
