#include "core/study/plan_maker.h"

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

double square(double x) { return x * x; }

double scale_of(const DamageScales& scales, DamageKind kind) {
  const auto found = scales.find(kind);
  return found == scales.end() ? 1 : found->second;
}

/// What saying in a file how a layer is stored takes, at most about: the override with its reason, its
/// scheme, and the scale among the tensors.
std::uint64_t words_of(const LayerDamage& entry) {
  constexpr std::uint64_t kAllButNames = 350;
  return 3 * entry.layer.size() + entry.choice.options.size() + kAllButNames;
}

/// Of so many things in order of bytes, those nearest to `most` places evenly between the first and the last.
std::vector<std::size_t> evenly(const std::vector<Choices>& corners, std::size_t most) {
  std::vector<std::size_t> chosen;
  const auto all = static_cast<double>(corners.back().bytes);
  for (std::size_t place = 0; place < most; ++place) {
    const double target = all * static_cast<double>(place) / static_cast<double>(most - 1);
    const auto nearest = std::ranges::min_element(corners, {}, [&](const Choices& corner) {
      return std::abs(static_cast<double>(corner.bytes) - target);
    });
    const auto index = static_cast<std::size_t>(nearest - corners.begin());
    if (chosen.empty() || chosen.back() != index) chosen.push_back(index);
  }
  return chosen;
}

}  // namespace

/// The layers that may be chosen, in the study's order.
class PlanMaker::Candidates {
 public:
  Candidates(const LayerTable& layers, const Sensitivity& study, bool include_tokenizer,
             std::shared_ptr<const Calibration> calibration)
      : layers_(layers), calibration_(std::move(calibration)) {
    base_ = preset("all-base", study.subject.question.base, /*include_tokenizer=*/false);
    resolved_base_ = resolve(base_, layers);
    known_.resize(layers.size());
    for (const auto& entry : study.layers) {
      const auto found = std::ranges::find(layers, entry.layer, &Layer::name);
      if (found == layers.end())
        throw Error(ErrorKind::input, "the checkpoint has no layer " + entry.layer,
                    "measure the sensitivity of this checkpoint");
      if (!std::isfinite(entry.damage) || entry.damage < 0) continue;
      const auto kind = damage_kind(*found);
      const auto index = static_cast<std::size_t>(found - layers.begin());
      auto plan = base_;
      plan.layers[entry.layer] = forced(entry.choice);
      const auto stored = resolve(plan, layers, calibration_).layers[index].effective;
      known_[index].push_back({stored, entry.damage});
      if (kind == DamageKind::tokens && !include_tokenizer) continue;
      const auto before = written_bytes(*found, resolved_base_.layers[index].effective),
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

  std::vector<Saving> savings(const DamageScales& scales) const {
    auto savings = savings_;
    for (std::size_t i = 0; i < savings.size(); ++i)
      savings[i].cost = square(entries_[i].damage * scale_of(scales, entries_[i].kind));
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

  /// All but the bytes.
  ForetoldPlan foretold(const ResolvedPlan& plan) const {
    ForetoldPlan foretold;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const auto& stored = plan.layers[i].effective;
      foretold.int8_layers += stored.storage == Precision::int8 ? 1 : 0;
      if (stored == resolved_base_.layers[i].effective) continue;
      ++foretold.layers;
      const auto known = std::ranges::find_if(known_[i], [&](const Known& one) {
        return one.stored.storage == stored.storage && one.stored.method == stored.method &&
               one.stored.options == stored.options;
      });
      if (known == known_[i].end())
        ++foretold.unknown;
      else
        foretold.damage.kinds[damage_kind(layers_[i])] += square(known->damage);
    }
    for (auto& [kind, damage] : foretold.damage.kinds) damage = std::sqrt(damage);
    return foretold;
  }

  ResolvedPlan resolved(const PrecisionPlan& plan) const { return resolve(plan, layers_, calibration_); }

 private:
  /// A way of storing a layer that the study has, whether it may be chosen or not.
  struct Known {
    Recipe stored;
    double damage;
  };

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
  ResolvedPlan resolved_base_;
  std::vector<std::vector<Known>> known_;  ///< by layer of the table
  std::vector<LayerDamage> entries_;
  std::vector<Saving> savings_;  ///< parallel
  std::vector<double> ranked_;
  std::vector<std::string> clips_;
};

double PlanDamage::total() const {
  double sum = 0;
  for (const auto& [kind, damage] : kinds) sum += square(damage);
  return std::sqrt(sum);
}

PlanMaker::PlanMaker(const std::shared_ptr<const Checkpoint>& checkpoint, const Sensitivity& study,
                     bool include_tokenizer, const std::shared_ptr<const Calibration>& calibration)
    : checkpoint_(checkpoint),
      candidates_(
          std::make_unique<const Candidates>(checkpoint->layers(), study, include_tokenizer, calibration)) {}

PlanMaker::~PlanMaker() = default;

ResolvedPlan PlanMaker::resolved(const PrecisionPlan& plan) const { return candidates_->resolved(plan); }

AutoPlan PlanMaker::under(const PlanBudget& budget, const DamageScales& scales) const {
  if (budget.bytes) return under_bytes(*budget.bytes, scales);
  const auto best = most_bytes(candidates_->savings(scales), square(budget.damage.value()));
  return plan_of(best.chosen, best.gap);
}

std::vector<AutoPlan> PlanMaker::front(std::size_t most, const JobControl& control) const {
  const auto corners = efficient_choices(candidates_->savings({}));
  const auto chosen = evenly(corners, most);
  std::vector<AutoPlan> front;
  for (const auto index : chosen) {
    control.at({"making plans", static_cast<int>(front.size()), static_cast<int>(chosen.size())});
    front.push_back(plan_of(corners[index].chosen, 0));
  }
  return front;
}

ForetoldPlan PlanMaker::foretold(const ResolvedPlan& plan) const {
  auto foretold = candidates_->foretold(plan);
  foretold.bytes = predicted_export_bytes(checkpoint_, plan, {});
  return foretold;
}

std::uint64_t PlanMaker::size_of(const std::vector<std::size_t>& chosen) const {
  return predicted_export_bytes(checkpoint_, resolved(candidates_->plan_of(chosen)), {});
}

AutoPlan PlanMaker::plan_of(const std::vector<std::size_t>& chosen, double gap) const {
  return {candidates_->plan_of(chosen), size_of(chosen), candidates_->predicted(chosen), {}, gap};
}

AutoPlan PlanMaker::under_bytes(std::uint64_t most, const DamageScales& scales) const {
  const auto savings = candidates_->savings(scales);
  // The header grows with what the plan says.
  auto needed =
      std::max<std::int64_t>(0, static_cast<std::int64_t>(size_of({})) - static_cast<std::int64_t>(most));
  while (true) {
    const auto best = least_cost(savings, static_cast<std::uint64_t>(needed));
    if (!best) return smallest_under(most);
    auto made = plan_of(best->chosen, best->gap);
    if (made.bytes <= most) return made;
    needed += static_cast<std::int64_t>(made.bytes - most);
  }
}

/// What saves the most, whatever it damages. The words of a file are estimated too high, so that it may fit
/// where the savings do not tell.
AutoPlan PlanMaker::smallest_under(std::uint64_t most) const {
  const auto best = most_bytes(candidates_->savings({}), std::numeric_limits<double>::max());
  auto all = plan_of(best.chosen, best.gap);
  if (all.bytes <= most) return all;
  throw Error(ErrorKind::usage,
              fmt::format("no choice of the measured layers fits in {} bytes: the smallest takes {}, with a "
                          "predicted damage of {:.3g}",
                          most, all.bytes, all.predicted.total()),
              fmt::format("ask for --max-bytes {} or more, or measure more layers or methods", all.bytes));
}

}  // namespace octet
