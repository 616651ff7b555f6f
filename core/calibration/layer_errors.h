#pragma once

#include <string>
#include <vector>

#include "core/checkpoint/calibration.h"
#include "core/plan/plan.h"
#include "core/progress.h"

namespace octet {

/// What rounding a layer's weight does to its output, plan by plan.
struct LayerErrors {
  std::string layer;
  LayerType type = LayerType::linear;
  /// sum |(W - Q) x - c|^2 / sum |W x|^2 over the inputs, c what a corrected bias adds; of a layer that gives
  /// nothing but zeros 0.
  std::vector<double> relative;
};

/// Of each layer that `inputs` has and one of `plans` makes int8, in the order of the table. `inputs` should
/// be of other clips than the plans' own calibration. What rounding inputs does (dynamic, llm-int8) is not in
/// it. Throws Error(input) naming the tensor.
std::vector<LayerErrors> output_errors(const Checkpoint& checkpoint, const std::vector<ResolvedPlan>& plans,
                                       const Calibration& inputs, const JobControl& control);

}  // namespace octet
