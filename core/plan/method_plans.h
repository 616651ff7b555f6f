#pragma once

#include <string>
#include <vector>

#include "core/plan/plan.h"

namespace octet {

/// `plan` with its int8 layers left in the base; its name is the base's.
PrecisionPlan without_int8(const PrecisionPlan& plan);

/// `plan` by each method, with the options worth comparing, methods that need a calibration only where there
/// is one: whatever is int8 is made by that method, which names the plan, such as "dynamic scales=token".
std::vector<PrecisionPlan> by_each_method(const PrecisionPlan& plan, const Calibration* calibration);

}  // namespace octet
