#include "core/study/auto_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.h"
#include "core/export/exporter.h"
#include "core/plan/size.h"
#include "core/study/savings.h"

namespace octet {
namespace {

/// Plans measured at most, each from what the one before was found to be.
constexpr int kMostTries = 6;

/// What a kind's damages are worth, whole plans considered: 1 before one was measured.
using Scales = std::map<DamageKind, double>;

double square(double x) { return x * x; }

/// What saying in a file how a layer is stored takes, at most about: the override with its reason, its
/// scheme, and the scale among the tensors.
std::uint64_t words_of(const LayerDamage& entry) {
  constexpr std::uint64_t kAllButNames = 350;
  return 3 * entry.layer.size() + entry.choice.options.size() + kAllButNames;
}

/// The layers that may be chosen, in the study's order.
class Candidates {
 public:
  Candidates(const LayerTable& layers, const Sensitivity& study, bool include_tokenizer,
             std::shared_ptr<const Calibration> calibration)
      : layers_(layers), calibration_(std::move(calibration)) {
    base_ = preset("all-base", study.subject.question.base, /*include_tokenizer=*/false);
    const auto resolved = resolve(base_, layers);
    for (const auto& entry : study.layers) {
      const auto found = std::ranges::find(layers, entry.layer, &Layer::name);
      if (found == layers.end())
        throw Error(ErrorKind::input, "the checkpoint has no layer " + entry.layer,
                    "measure the sensitivity of this checkpoint");
      const auto kind = damage_kind(*found);
      if (!std::isfinite(entry.damage) || entry.damage < 0 ||
          (kind == DamageKind::tokens && !include_tokenizer))
        continue;
      const auto index = static_cast<std::size_t>(found - layers.begin());
      auto plan = base_;
      plan.layers[entry.layer] = forced(entry.choice);
      const auto stored = resolve(plan, layers, calibration_).layers[index].effective;
      const auto before = written_bytes(*found, resolved.layers[index].effective),
                 after = written_bytes(*found, stored);
      const auto words = words_of(entry);
      if (after + words >= before) continue;
      entries_.push_back(entry);
      entries_.back().kind = kind;
      savings_.push_back({index, 0, before - after - words});
    }
    for (const auto& entry : entries_) ranked_.push_back(entry.damage);
    std::ranges::sort(ranked_);
    clips_ = study.subject.clips;
  }

  std::vector<Saving> savings(const Scales& scales) const {
    auto savings = savings_;
    for (std::size_t i = 0; i < savings.size(); ++i)
      savings[i].cost = square(entries_[i].damage * scales.at(entries_[i].kind));
    return savings;
  }

  PrecisionPlan plan_of(const std::vector<std::size_t>& chosen) const {
    auto plan = base_;
    plan.name = "auto";
    for (const auto i : chosen) {
      auto choice = forced(entries_[i].choice);
      choice.reason = reason(entries_[i]);
      plan.layers[entries_[i].layer] = std::move(choice);
    }
    return plan;
  }

  PlanDamage predicted(const std::vector<std::size_t>& chosen) const {
    PlanDamage sum;
    for (const auto i : chosen) sum.kinds[entries_[i].kind] += square(entries_[i].damage);
    for (auto& [kind, damage] : sum.kinds) damage = std::sqrt(damage);
    return sum;
  }

  ResolvedPlan resolved(const PrecisionPlan& plan) const { return resolve(plan, layers_, calibration_); }

 private:
  static Choice forced(Choice choice) {
    choice.force = true;
    return choice;
  }

  /// Its measured damage, its rank, and the clip that most of it comes from.
  std::string reason(const LayerDamage& entry) const {
    const auto rank = std::ranges::lower_bound(ranked_, entry.damage) - ranked_.begin() + 1;
    auto text = fmt::format("{} damage {:.3g}, {} of {} from the least", to_string(entry.kind), entry.damage,
                            rank, ranked_.size());
    const auto& values = entry.clips.clips;
    if (!values.empty() && values.size() == clips_.size()) {
      const auto most = std::ranges::max_element(values);
      text += fmt::format("; most on {} ({:.3g})", clips_[static_cast<std::size_t>(most - values.begin())],
                          *most);
    }
    return text;
  }

  const LayerTable& layers_;
  std::shared_ptr<const Calibration> calibration_;
  PrecisionPlan base_;
  std::vector<LayerDamage> entries_;
  std::vector<Saving> savings_;  ///< parallel
  std::vector<double> ranked_;
  std::vector<std::string> clips_;
};

/// Scales by which what was predicted would have been what was measured.
Scales corrected(const AutoPlan& made) {
  Scales scales;
  for (const auto kind : {DamageKind::mel, DamageKind::spectrum, DamageKind::tokens, DamageKind::voice}) {
    const auto predicted = made.predicted.kinds.find(kind), measured = made.measured.kinds.find(kind);
    const bool known = predicted != made.predicted.kinds.end() && predicted->second > 0 &&
                       measured != made.measured.kinds.end() && measured->second > 0;
    scales[kind] = known ? measured->second / predicted->second : 1;
  }
  return scales;
}

/// Makes plans of one checkpoint's layers.
class Maker {
 public:
  Maker(const std::shared_ptr<const Checkpoint>& checkpoint, const Sensitivity& study, bool include_tokenizer,
        const std::shared_ptr<const Calibration>& calibration)
      : checkpoint_(checkpoint), candidates_(checkpoint->layers(), study, include_tokenizer, calibration) {}

  ResolvedPlan resolved(const AutoPlan& made) const { return candidates_.resolved(made.plan); }

  AutoPlan under_bytes(std::uint64_t most, const Scales& scales) const {
    const auto savings = candidates_.savings(scales);
    // The header grows with what the plan says.
    auto needed =
        std::max<std::int64_t>(0, static_cast<std::int64_t>(size_of({})) - static_cast<std::int64_t>(most));
    while (true) {
      const auto best = least_cost(savings, static_cast<std::uint64_t>(needed));
      if (!best) return smallest_under(most);
      auto made = plan_of(*best);
      if (made.bytes <= most) return made;
      needed += static_cast<std::int64_t>(made.bytes - most);
    }
  }

  AutoPlan under_damage(double most, const Scales& scales) const {
    return plan_of(most_bytes(candidates_.savings(scales), square(most)));
  }

 private:
  std::uint64_t size_of(const std::vector<std::size_t>& chosen) const {
    return predicted_export_bytes(checkpoint_, candidates_.resolved(candidates_.plan_of(chosen)), {});
  }

  AutoPlan plan_of(const Choices& best) const {
    const auto& chosen = best.chosen;
    return {candidates_.plan_of(chosen), size_of(chosen), candidates_.predicted(chosen), {}, best.gap};
  }

  /// What saves the most, whatever it damages. The words of a file are estimated too high, so that it may fit
  /// where the savings do not tell.
  AutoPlan smallest_under(std::uint64_t most) const {
    auto all = plan_of(most_bytes(candidates_.savings(corrected({})), std::numeric_limits<double>::max()));
    if (all.bytes <= most) return all;
    throw Error(
        ErrorKind::usage,
        fmt::format("no choice of the measured layers fits in {} bytes: the smallest takes {}, with a "
                    "predicted damage of {:.3g}",
                    most, all.bytes, all.predicted.total()),
        fmt::format("ask for --max-bytes {} or more, or measure more layers or methods", all.bytes));
  }

  std::shared_ptr<const Checkpoint> checkpoint_;
  Candidates candidates_;
};

}  // namespace

double PlanDamage::total() const {
  double sum = 0;
  for (const auto& [kind, damage] : kinds) sum += square(damage);
  return std::sqrt(sum);
}

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
  const Maker maker(checkpoint, study, include_tokenizer, calibration);
  Scales scales = corrected({});
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
    auto made = budget.bytes ? maker.under_bytes(*budget.bytes, scales) : maker.under_damage(target, scales);
    if (std::ranges::find(seen, made.plan) != seen.end()) break;
    seen.push_back(made.plan);
    made.measured = measure(maker.resolved(made));
    ++tried;
    scales = corrected(made);
    if (better(made)) best = made;
    // What is over its bound under scales that were measured is over it by what they cannot tell.
    if (budget.damage && tried > 1 && made.measured.total() > *budget.damage) target *= 0.98;
  }
  if (!best) {
    // Nothing is damaged by what stays as it is.
    best = maker.under_damage(0, scales);
    best->measured = measure(maker.resolved(*best));
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
