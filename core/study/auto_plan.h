#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/study/damage.h"
#include "core/study/sensitivity.h"

namespace octet {

/// What a plan is to keep within: one of them.
struct PlanBudget {
  std::optional<std::uint64_t> bytes = {};  ///< of the export, header included
  std::optional<double> damage = {};        ///< of the whole plan
};

/// The damage of a plan: of each kind that of its component alone, all else as the reference has it.
struct PlanDamage {
  std::map<DamageKind, double> kinds;  ///< means over clips

  /// The root of the sum of squares: errors of different parts are nearly independent.
  double total() const;
};

struct AutoPlan {
  PrecisionPlan plan;  ///< each int8 layer with its reason
  std::uint64_t bytes = 0;
  PlanDamage predicted;  ///< as if the errors of single layers were independent
  PlanDamage measured;   ///< of the whole plan
  /// By what share of the predicted damage, squared, or of the bytes saved, another choice could be better.
  double gap = 0;
  int tried = 0;  ///< plans that were measured
};

/// By how much a plan damages all clips.
using MeasurePlan = std::function<PlanDamage(const ResolvedPlan&)>;

/// Speaks all clips by the meter's reference and by the plan, a component at a time.
PlanDamage measured_damage(DamageMeter& meter, const LayerTable& layers, const ResolvedPlan& reference,
                           const ResolvedPlan& plan, const JobControl& control);

/// The plan of least damage under a byte budget, or of fewest bytes under a damage budget, of the layers of
/// `study`; the others stay in its base. Squares of damages are added up. The whole plan is measured then:
/// where a kind's damage is more or less than was predicted, that kind's damages are scaled by as much, and a
/// plan is made anew, until the budget is kept and nothing gets better. Layers without a damage are never
/// chosen, nor is the tokenizer unless `include_tokenizer`. Throws Error(usage) where the budget cannot be
/// kept, naming the nearest that can.
AutoPlan make_auto_plan(const std::shared_ptr<const Checkpoint>& checkpoint, const Sensitivity& study,
                        const PlanBudget& budget, bool include_tokenizer, const MeasurePlan& measure,
                        const std::shared_ptr<const Calibration>& calibration = {});

}  // namespace octet
