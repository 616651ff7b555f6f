#include "core/plan/deciding.h"

namespace octet {

DecidingRules::DecidingRules(const PrecisionPlan& plan) : plan_(plan) {
  globs_.reserve(plan.rules.size());
  for (const auto& rule : plan.rules) globs_.emplace_back(rule.match);
}

std::optional<std::size_t> DecidingRules::rule(const Layer& layer) const {
  if (plan_.layers.contains(layer.name)) return {};
  for (auto i = globs_.size(); i-- > 0;) {
    const auto& type = plan_.rules[i].type;
    if ((!type || *type == layer.type) && globs_[i].matches(layer.name)) return i;
  }
  return {};
}

Decider DecidingRules::decider(const Layer& layer) const {
  if (plan_.layers.contains(layer.name)) return {.kind = Decider::Kind::layer};
  const auto found = rule(layer);
  return found ? Decider{Decider::Kind::rule, plan_.rules[*found].match} : Decider{};
}

}  // namespace octet
