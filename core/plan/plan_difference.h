#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/plan/plan.h"

namespace octet {

/// What in a plan decides about a layer.
struct Decider {
  enum class Kind { base, rule, layer };
  Kind kind = Kind::base;
  std::string match = {};  ///< of the rule

  auto operator<=>(const Decider&) const = default;
};

/// Layers that two plans treat differently, and that belong together.
struct DifferenceGroup {
  std::string component = {};  ///< of all of them; or what decides, in the first plan and in the second:
  Decider first = {}, second = {};
  std::vector<std::size_t> layers = {};  ///< of the table
  std::uint64_t first_bytes = 0, second_bytes = 0;
};

/// Layers whose effective recipe differs, by component in the order of the table, or by what decides, most
/// bytes first. Both plans must be resolved over `layers`.
std::vector<DifferenceGroup> differences_by_component(const LayerTable& layers, const ResolvedPlan& first,
                                                      const ResolvedPlan& second);
std::vector<DifferenceGroup> differences_by_decider(const LayerTable& layers, const ResolvedPlan& first,
                                                    const ResolvedPlan& second);

/// `into`, changed so that these layers come out as under `from` and all others as before: by the least that
/// does it of the base, rules taken from the one or away from the other, and overrides. Both plans must be
/// resolved over `table`, with one calibration.
PrecisionPlan taken_over(const ResolvedPlan& into, const ResolvedPlan& from, const LayerTable& table,
                         const std::vector<std::size_t>& layers);

}  // namespace octet
