#pragma once

#include <functional>
#include <memory>

#include "core/study/damage.h"
#include "core/study/plan_maker.h"

namespace octet {

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
