#pragma once

#include <functional>
#include <stop_token>

#include "core/quant/input_statistics.h"
#include "core/quant/stored_parts.h"
#include "core/tensor/recipe.h"
#include "core/tensor/weight.h"

namespace octet {

/// What some methods take beside a weight.
struct Making {
  std::function<InputStatistics()> statistics = {};  ///< of the layer; where the method is calibrated
  std::stop_token stop = {};
};

/// The weight that `recipe` makes of a layer's. `folded`: fp32, finite, on the CPU, weight norm folded.
/// `channel_axis`: of the output channels, 0 or, for ConvTranspose1d [in, out, kernel], 1. Requires a recipe
/// that stores integers; floating types are a rounding (core/checkpoint/read_weight.h). Throws
/// Error(cancelled) where a stop was asked for.
Weight quantize(const at::Tensor& folded, int channel_axis, const Recipe& recipe, const Making& making = {});

/// The weight whose tensors a file has, as `recipe` made them; of each part, `part` gives its own.
Weight assembled(const std::function<at::Tensor(StoredPart::Role)>& part, int channel_axis,
                 const Recipe& recipe);

/// The tensor that a file has as this part of the weight; undefined where its kind has none.
at::Tensor tensor_of(const Weight& weight, StoredPart::Role part);

}  // namespace octet
