#pragma once

#include <ATen/core/Tensor.h>

#include "core/quant/input_statistics.h"
#include "core/tensor/recipe.h"

namespace octet {

/// Whether a layer's bias makes up for what rounding its weight takes from outputs in the mean
/// (docs/formats.md, "Bias correction"; arXiv 1906.04721, section 4.2).
bool corrects_bias(const Recipe& recipe);

/// What a weight makes of the mean of a layer's inputs: fp64, one number for each output channel. Those of a
/// ConvTranspose1d have each of its phases equally often. `weight`, `channel_axis`: as for quantize_int8.
at::Tensor mean_output(const at::Tensor& weight, int channel_axis, const InputStatistics& statistics);

}  // namespace octet
