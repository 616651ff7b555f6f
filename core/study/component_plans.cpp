#include "core/study/component_plans.h"

#include <algorithm>

#include "core/plan/seed_components.h"

namespace octet {

std::vector<StudyPlan> component_plans(Precision base) {
  auto turns = kSeedComponents;
  std::ranges::sort(turns, {}, &SeedComponent::turn);
  const auto baseline = preset("all-base", base, /*include_tokenizer=*/false);
  std::vector<StudyPlan> plans{{"baseline", baseline}};
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

}  // namespace octet
