#include <algorithm>
#include <set>

#include "core/plan/deciding.h"
#include "core/plan/layer_role.h"
#include "core/plan/plan_difference.h"

namespace octet {
namespace {

bool has(const PrecisionPlan& plan, const Rule& rule) {
  return std::ranges::find(plan.rules, rule) != plan.rules.end();
}

/// By force where the layer is protected from it.
Choice forced(const Layer& layer, Precision precision) {
  return {.precision = precision, .force = !permits(role_of(layer).protection, precision)};
}

/// Some layers of one plan, made in another as they are there.
class TakeOver {
 public:
  TakeOver(const ResolvedPlan& into, const ResolvedPlan& from, const LayerTable& table,
           const std::vector<std::size_t>& layers)
      : into_(into), from_(from), table_(table), layers_(layers) {
    for (std::size_t i = 0; i < table.size(); ++i) wanted_.push_back(into.layers[i].effective);
    for (const auto i : layers) wanted_[i] = from.layers[i].effective;
  }

  bool done_by(const PrecisionPlan& plan) const {
    return std::ranges::equal(resolve(plan, table_, into_.calibration).layers, wanted_, {},
                              &Resolution::effective);
  }

  /// What the other plan says of these layers alone is said here, too.
  PrecisionPlan with_overrides() const {
    auto plan = into_.plan;
    for (const auto i : layers_) {
      const auto& name = table_[i].name;
      plan.layers.erase(name);
      if (const auto found = from_.plan.layers.find(name); found != from_.plan.layers.end())
        plan.layers.insert(*found);
    }
    return plan;
  }

  PrecisionPlan with_base(PrecisionPlan plan) const {
    plan.base = from_.plan.base;
    return plan;
  }

  /// Without the rules that decide about these layers here, and are not there.
  PrecisionPlan without_rules(PrecisionPlan plan) const {
    const DecidingRules deciding(plan);
    std::set<std::size_t> gone;
    for (const auto i : layers_)
      if (const auto rule = deciding.rule(table_[i]); rule && !has(from_.plan, plan.rules[*rule]))
        gone.insert(*rule);
    for (auto rule = gone.rbegin(); rule != gone.rend(); ++rule)
      plan.rules.erase(plan.rules.begin() + static_cast<std::ptrdiff_t>(*rule));
    return plan;
  }

  /// With those that decide about them there, in their order, last.
  PrecisionPlan with_rules(PrecisionPlan plan) const {
    const DecidingRules deciding(from_.plan);
    std::set<std::size_t> taken;
    for (const auto i : layers_)
      if (const auto rule = deciding.rule(table_[i])) taken.insert(*rule);
    for (const auto rule : taken)
      if (!has(plan, from_.plan.rules[rule])) plan.rules.push_back(from_.plan.rules[rule]);
    return plan;
  }

  /// With the other base for the components that the layers are of.
  PrecisionPlan with_base_of_components(PrecisionPlan plan) const {
    std::set<std::string> components;
    for (const auto i : layers_) components.insert(table_[i].component);
    for (const auto& component : components)
      plan.rules.push_back({.match = component + ".*", .choice = {.precision = from_.plan.base}});
    return plan;
  }

  /// Layer by layer, which always does it.
  PrecisionPlan layer_by_layer() const {
    auto plan = into_.plan;
    const DecidingRules deciding(from_.plan);
    for (const auto i : layers_) {
      const auto& layer = table_[i];
      const auto& recipe = wanted_[i];
      auto choice = forced(layer, recipe.storage);
      if (recipe.storage == Precision::int8) {
        const auto rule = deciding.rule(layer);
        choice = rule ? from_.plan.rules[*rule].choice : from_.plan.layers.at(layer.name);
      }
      plan.layers.insert_or_assign(layer.name, choice);
    }
    // In which type the tensors beside integers are, only a rule before the override can say.
    const auto made = resolve(plan, table_, into_.calibration);
    for (const auto i : layers_)
      if (made.layers[i].effective != wanted_[i])
        plan.rules.push_back({.match = table_[i].name, .choice = forced(table_[i], wanted_[i].base)});
    return plan;
  }

 private:
  const ResolvedPlan& into_;
  const ResolvedPlan& from_;
  const LayerTable& table_;
  const std::vector<std::size_t>& layers_;
  std::vector<Recipe> wanted_;
};

}  // namespace

PrecisionPlan taken_over(const ResolvedPlan& into, const ResolvedPlan& from, const LayerTable& table,
                         const std::vector<std::size_t>& layers) {
  const TakeOver work(into, from, table, layers);
  auto whole = from.plan;
  whole.name = into.plan.name;
  const auto plain = work.with_overrides();
  for (const auto& plan : {plain, work.with_base(plain), work.without_rules(plain), work.with_rules(plain),
                           work.with_rules(work.without_rules(plain)), whole,
                           work.with_rules(work.with_base_of_components(plain))})
    if (work.done_by(plan)) return plan;
  return work.layer_by_layer();
}

}  // namespace octet
