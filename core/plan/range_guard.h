#pragma once

#include <string>
#include <vector>

#include "core/plan/plan.h"

namespace octet {

/// Whether what a calibration says of a layer's inputs tells something about this way to store it: fp16, and
/// inputs rounded by one scale.
bool depends_on_range(const Recipe& recipe);

/// Of a plan that has a calibration, the layers whose inputs do not fit how they are stored, by name, in
/// sentences: fp16, where inputs came to more than a quarter of its largest number; dynamic with one scale
/// for a whole input, where half of the channels never came beyond one step of it. Layers of which the
/// calibration has nothing are named, too; those that no calibration listens to are counted.
std::vector<std::string> range_warnings(const LayerTable& layers, const ResolvedPlan& resolved);

}  // namespace octet
