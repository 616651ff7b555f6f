#include "core/plan/method_plans.h"

#include "core/quant/methods.h"

namespace octet {
namespace {

template <typename Change>
PrecisionPlan with_int8_changed(PrecisionPlan plan, const std::string& name, const Change& change) {
  plan.name = name;
  const auto visit = [&](Choice& choice) {
    if (choice.precision == Precision::int8) change(choice);
  };
  for (auto& rule : plan.rules) visit(rule.choice);
  for (auto& [layer, choice] : plan.layers) visit(choice);
  return plan;
}

}  // namespace

PrecisionPlan without_int8(const PrecisionPlan& plan) {
  return with_int8_changed(plan, std::string(to_string(plan.base)),
                           [&](Choice& choice) { choice = {.precision = plan.base}; });
}

std::vector<PrecisionPlan> by_each_method(const PrecisionPlan& plan, const Calibration* calibration) {
  std::vector<PrecisionPlan> plans;
  for (const auto& variant : method_variants()) {
    if (!calibration && needs_calibration(variant)) continue;
    plans.push_back(with_int8_changed(plan, to_string(variant), [&](Choice& choice) {
      choice.method = variant.method;
      choice.options = variant.options;
    }));
  }
  return plans;
}

}  // namespace octet
