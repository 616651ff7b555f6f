#pragma once

#include <stop_token>

#include "core/quant/gptq_options.h"
#include "core/quant/input_statistics.h"
#include "core/tensor/weight.h"

namespace octet {

/// GPTQ (Frantar et al. 2022, https://arxiv.org/abs/2210.17323; docs/formats.md, "GPTQ"): the scales of plain
/// rounding, integers chosen one input after the other so that the errors of those before are made up for.
/// Int8Weight, or GroupedInt8Weight with groups. `weight`, `channel_axis`: as for quantize_int8. Throws
/// Error(cancelled).
Weight quantize_gptq(const at::Tensor& weight, int channel_axis, const InputStatistics& statistics,
                     const GptqOptions& options, const std::stop_token& stop);

}  // namespace octet
