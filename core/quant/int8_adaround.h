#pragma once

#include <stop_token>

#include "core/quant/adaround_options.h"
#include "core/quant/input_statistics.h"
#include "core/tensor/weight.h"

namespace octet {

/// AdaRound (Nagel et al. 2020, https://arxiv.org/abs/2004.10568; docs/formats.md, "AdaRound"): the scales of
/// plain rounding, and for each weight the integer above or below, by a descent of the layer's output error
/// as the calibration's inputs give it. Int8Weight, or GroupedInt8Weight with groups. `weight`,
/// `channel_axis`: as for quantize_int8. Throws Error(cancelled).
Weight quantize_adaround(const at::Tensor& weight, int channel_axis, const InputStatistics& statistics,
                         const AdaRoundOptions& options, const std::stop_token& stop);

}  // namespace octet
