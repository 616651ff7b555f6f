#include "core/study/component_plans.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/plan/seed_components.h"

namespace octet {

std::vector<StudyPlan> component_plans(Precision base) {
  auto turns = kSeedComponents;
  std::ranges::sort(turns, {}, &SeedComponent::turn);
  const auto baseline = preset("all-base", base, /*include_tokenizer=*/false);
  std::vector<StudyPlan> plans{{std::string(to_string(base)), baseline}};
  const auto add = [&](const std::string& name, PrecisionPlan plan) {
    plan.name = name;
    plans.push_back({name, std::move(plan)});
  };
  for (const auto& component : turns) {
    auto alone = baseline;
    alone.rules.push_back(component.rule());
    add(std::string(component.name), alone);
  }
  auto together = baseline;
  for (const auto& component : turns) {
    together.rules.push_back(component.rule());
    if (component.turn > 0) add("up to " + std::string(component.name), together);
  }
  return plans;
}

std::vector<StudyPlan> fewer_steps(Precision base, int steps) {
  std::vector<StudyPlan> plans;
  for (const int fewer : {2, 3, 5, 7})
    if (fewer < steps)
      plans.push_back({fmt::format("{} in {} steps", to_string(base), fewer),
                       preset("all-base", base, /*include_tokenizer=*/false), fewer});
  return plans;
}

}  // namespace octet
