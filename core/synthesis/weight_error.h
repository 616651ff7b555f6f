#pragma once

#include "core/checkpoint/calibration.h"
#include "core/checkpoint/checkpoint.h"
#include "core/progress.h"
#include "core/quant/weight_profile.h"
#include "core/synthesis/engine.h"
#include "core/tensor/recipe.h"

namespace octet {

/// Of a layer's weight made int8 by `recipe`, its method and options included; nothing where the file holds
/// integers, which are not made anew. Requires layer.quantizable() and a recipe that stores integers.
/// `calibration`: the one that the recipe names, or none. Throws as weight_of (weight_store.h) does.
WeightError int8_weight_error(const Checkpoint& checkpoint, const Layer& layer, const Recipe& recipe,
                              const Calibration* calibration = nullptr, const std::stop_token& stop = {});

/// Of all weights that are int8 in a model, which keeps those that are made for this.
WeightError int8_weight_error(const BoundModel& model, const JobControl& control = {});

}  // namespace octet
