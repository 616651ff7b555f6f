#pragma once

#include <string>
#include <vector>

#include "core/plan/plan.h"

namespace octet {

/// A plan that a study looks at, and what it is there for.
struct StudyPlan {
  std::string name;  ///< unique in the study
  PrecisionPlan plan;
  int steps = 0;            ///< Euler steps; 0: the study's
  bool is_control = false;  ///< bad on purpose, to be found (core/study/control_plan.h)
};

/// Every layer in `base`, and called so; then one component of the seed policy (core/plan/seed_components.h)
/// in int8 after the other, in the policy's order, each alone; then each together with those before it, of
/// which the last is the seed policy whole. The tokenizer stays fp32.
std::vector<StudyPlan> component_plans(Precision base);

/// Every layer in `base` by 2, 3, 5 and 7 steps, those that are fewer than `steps`: what is saved by taking
/// fewer, beside what is saved by smaller weights.
std::vector<StudyPlan> fewer_steps(Precision base, int steps);

}  // namespace octet
