#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/plan/plan.h"

namespace octet {

/// `plan` with `choice` for `target`: a pattern (with *, ? or braces) becomes the last rule, in place of an
/// earlier untyped one with the same pattern; a plain name becomes an override under `layers`, in place of an
/// earlier one. Overrides of single layers keep beating rules. Throws Error(usage) for a malformed pattern or
/// an empty target.
PrecisionPlan with_choice(PrecisionPlan plan, std::string_view target, const Choice& choice);

/// A layer that two plans treat differently.
struct LayerDifference {
  std::string layer;
  Resolution first;
  Resolution second;
};

/// Layers whose effective recipe differs, in table order. Both plans must be resolved over `layers`.
std::vector<LayerDifference> differing_layers(const LayerTable& layers, const ResolvedPlan& first,
                                              const ResolvedPlan& second);

/// What each of the two makes of the layer, in the fewest words that tell them apart: "int8" and "bf16", or
/// "int8 over fp32" and "int8 over bf16".
std::pair<std::string, std::string> told_apart(const LayerDifference& difference);

/// Whether two plans, resolved over one layer table, make the same of every layer, whatever their rules say.
bool same_effect(const ResolvedPlan& first, const ResolvedPlan& second);

/// A line that only one of two plans has.
struct PlanLine {
  enum class Side { first, second };
  Side side;
  std::string text;  ///< the base, a rule or an override as the plan file spells it

  bool operator==(const PlanLine&) const = default;
};

/// The fewest lines to take from `first` and add for `second`, in file order: base, rules (their order
/// counts), overrides. Names of plans do not matter.
std::vector<PlanLine> differing_lines(const PrecisionPlan& first, const PrecisionPlan& second);

}  // namespace octet
