#pragma once

#include "core/checkpoint/checkpoint.h"
#include "core/plan/plan.h"
#include "core/tensor/recipe.h"

namespace octet {

/// What weights lose where they are stored as int8.
struct WeightError {
  double signal = 0;  ///< sum of squares of the folded fp32 weight
  double noise = 0;   ///< and of what is stored less it
  /// Signal-to-noise ratio, in dB: infinity where nothing is lost.
  double decibels() const;
};

/// Of a layer's weight made int8 by `recipe`, its method and options included; nothing where the file holds
/// integers, which are not made anew. Requires layer.quantizable() and a recipe that stores integers. Throws
/// Error(input) naming the tensor when a value is not finite.
WeightError int8_weight_error(const Checkpoint& checkpoint, const Layer& layer, const Recipe& recipe);

/// Of all weights that are int8 under a plan of the checkpoint.
WeightError int8_weight_error(const Checkpoint& checkpoint, const ResolvedPlan& plan);

}  // namespace octet
