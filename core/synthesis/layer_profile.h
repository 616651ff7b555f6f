#pragma once

#include <stop_token>
#include <vector>

#include "core/checkpoint/calibration.h"
#include "core/checkpoint/checkpoint.h"
#include "core/quant/weight_profile.h"
#include "core/tensor/recipe.h"

namespace octet {

/// What there is to know of a layer that a plan decides about.
struct LayerProfile {
  WeightProfile weight;
  /// The largest |input| of each channel over a calibration's clips; empty where none knows it.
  std::vector<float> largest_inputs;
};

/// Of a layer stored by `recipe`. Requires layer.quantizable(). Holds the weight in fp32 twice, beside what
/// its method takes. `calibration`: the one that the recipe names, any other, or none. Throws as weight_of
/// (weight_store.h) and read_largest_inputs (core/checkpoint/read_statistics.h) do.
LayerProfile profile_layer(const Checkpoint& checkpoint, const Layer& layer, const Recipe& recipe,
                           const Calibration* calibration = nullptr, const std::stop_token& stop = {});

}  // namespace octet
