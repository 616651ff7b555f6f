#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/study/validation.h"

namespace octet {

/// What stages took, in their order, over the clips that are done: the median of seconds, which the first
/// clip's warming up does not move, and the highest peak of memory (StageCost). `run` is 0 for the reference,
/// else a plan's index + 1. Requires that costs were kept.
std::vector<StageCost> stage_costs(const Validation& validation, std::size_t run);

/// Milliseconds of each stage, then the highest peak of all, a line for the reference and each plan.
std::string costs_table(const Validation& validation);

}  // namespace octet
