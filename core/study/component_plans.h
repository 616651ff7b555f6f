#pragma once

#include <string>
#include <vector>

#include "core/plan/plan.h"

namespace octet {

/// A plan that a study looks at, and what it is there for.
struct StudyPlan {
  std::string name;  ///< unique in the study
  PrecisionPlan plan;
};

/// Every layer in `base`; then one component of the seed policy (core/plan/seed_components.h) in int8 after
/// the other, in the policy's order, each alone; then each together with those before it, of which the last
/// is the seed policy whole. The tokenizer stays fp32.
std::vector<StudyPlan> component_plans(Precision base);

}  // namespace octet
