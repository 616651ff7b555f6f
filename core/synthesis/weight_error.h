#pragma once

#include "core/checkpoint/calibration.h"
#include "core/checkpoint/checkpoint.h"
#include "core/progress.h"
#include "core/synthesis/engine.h"
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
/// integers, which are not made anew. Requires layer.quantizable() and a recipe that stores integers.
/// `calibration`: the one that the recipe names, or none. Throws as weight_of (weight_store.h) does.
WeightError int8_weight_error(const Checkpoint& checkpoint, const Layer& layer, const Recipe& recipe,
                              const Calibration* calibration = nullptr, const std::stop_token& stop = {});

/// Of all weights that are int8 in a model, which keeps those that are made for this.
WeightError int8_weight_error(const BoundModel& model, const JobControl& control = {});

}  // namespace octet
