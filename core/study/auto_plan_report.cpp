#include "core/study/auto_plan_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace octet {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const PlanDamage& damage) {
  Json json{{"total", damage.total()}};
  for (const auto& [kind, value] : damage.kinds) json[std::string(to_string(kind))] = value;
  return json;
}

double of_kind(const PlanDamage& damage, DamageKind kind) {
  const auto found = damage.kinds.find(kind);
  return found == damage.kinds.end() ? 0 : found->second;
}

}  // namespace

std::string to_json(const AutoPlan& made, const std::vector<std::string>& warnings) {
  return Json{{"format", "octet-auto-plan"},
              {"version", 1},
              {"layers", made.plan.layers.size()},
              {"bytes", made.bytes},
              {"predicted", json_of(made.predicted)},
              {"measured", json_of(made.measured)},
              {"gap", made.gap},
              {"plans_measured", made.tried},
              {"warnings", warnings}}
             .dump(1, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) +
         "\n";
}

std::string to_text(const AutoPlan& made) {
  auto text = fmt::format(
      "{} layers stored in another way; an export takes {} bytes\n"
      "damage of the whole plan: {:.3g} measured, {:.3g} predicted from single layers\n",
      made.plan.layers.size(), made.bytes, made.measured.total(), made.predicted.total());
  for (const auto& [kind, value] : made.measured.kinds)
    text += fmt::format("  {:8} {:.3g} measured, {:.3g} predicted\n", to_string(kind), value,
                        of_kind(made.predicted, kind));
  return text;
}

}  // namespace octet
