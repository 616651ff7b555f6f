#include "core/study/auto_plan.h"

#include <algorithm>
#include <cmath>

#include "core/export/exporter.h"
#include "core/study/plan_maker.h"

namespace octet {
namespace {

/// Plans measured at most, each from what the one before was found to be.
constexpr int kMostTries = 6;

/// Scales by which what was predicted would have been what was measured.
DamageScales corrected(const AutoPlan& made) {
  DamageScales scales;
  for (const auto kind : {DamageKind::mel, DamageKind::spectrum, DamageKind::tokens, DamageKind::voice}) {
    const auto predicted = made.predicted.kinds.find(kind), measured = made.measured.kinds.find(kind);
    const bool known = predicted != made.predicted.kinds.end() && predicted->second > 0 &&
                       measured != made.measured.kinds.end() && measured->second > 0;
    scales[kind] = known ? measured->second / predicted->second : 1;
  }
  return scales;
}

}  // namespace

PlanDamage measured_damage(DamageMeter& meter, const LayerTable& layers, const ResolvedPlan& reference,
                           const ResolvedPlan& plan, const JobControl& control) {
  PlanDamage damage;
  for (const auto kind : {DamageKind::mel, DamageKind::spectrum, DamageKind::tokens, DamageKind::voice}) {
    auto alone = reference;
    bool differs = false;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (damage_kind(layers[i]) != kind || plan.layers[i].effective == reference.layers[i].effective)
        continue;
      alone.layers[i] = plan.layers[i];
      differs = true;
    }
    if (!differs) continue;
    alone.plan.name = plan.plan.name;
    const auto clips = meter(alone, kind, control).clips;
    double sum = 0;
    for (const auto value : clips) sum += value;
    damage.kinds[kind] = sum / static_cast<double>(clips.size());
  }
  return damage;
}

AutoPlan make_auto_plan(const std::shared_ptr<const Checkpoint>& checkpoint, const Sensitivity& study,
                        const PlanBudget& budget, bool include_tokenizer, const MeasurePlan& measure,
                        const std::shared_ptr<const Calibration>& calibration) {
  const PlanMaker maker(checkpoint, study, include_tokenizer, calibration);
  DamageScales scales;
  std::optional<AutoPlan> best;
  double target = budget.damage.value_or(0);
  int tried = 0;
  const auto better = [&](const AutoPlan& made) {
    if (budget.damage && made.measured.total() > *budget.damage) return false;
    if (!best) return true;
    return budget.damage ? made.bytes < best->bytes : made.measured.total() < best->measured.total();
  };
  std::vector<PrecisionPlan> seen;
  while (tried < kMostTries) {
    auto made = maker.under(budget.bytes ? budget : PlanBudget{.damage = target}, scales);
    if (std::ranges::find(seen, made.plan) != seen.end()) break;
    seen.push_back(made.plan);
    made.measured = measure(maker.resolved(made.plan));
    ++tried;
    scales = corrected(made);
    if (better(made)) best = made;
    // What is over its bound under scales that were measured is over it by what they cannot tell.
    if (budget.damage && tried > 1 && made.measured.total() > *budget.damage) target *= 0.98;
  }
  if (!best) {
    // Nothing is damaged by what stays as it is.
    best = maker.under({.damage = 0.0}, scales);
    best->measured = measure(maker.resolved(best->plan));
    if (best->measured.total() > *budget.damage) {
      best->plan.layers.clear();
      best->measured = best->predicted = {};
      best->bytes = predicted_export_bytes(checkpoint, resolve(best->plan, checkpoint->layers()), {});
    }
    ++tried;
  }
  best->tried = tried;
  return *best;
}

}  // namespace octet
