#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/progress.h"
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

/// What a kind's damages are worth, whole plans considered: 1 before one was measured.
using DamageScales = std::map<DamageKind, double>;

/// What a study foretells of any plan.
struct ForetoldPlan {
  std::uint64_t bytes = 0;      ///< of the export, header included
  PlanDamage damage;            ///< of the layers that the study has so stored
  std::size_t layers = 0;       ///< that are stored in another way than the base's
  std::size_t unknown = 0;      ///< of them, those that the study has no damage of
  std::size_t int8_layers = 0;  ///< whatever the base
};

/// Makes plans of the layers that a study has damages of, all others in its base. Squares of damages are
/// added up. Layers without a damage are never chosen, nor is the tokenizer unless `include_tokenizer`.
class PlanMaker {
 public:
  /// Throws Error(input) where it has a layer that the checkpoint has not.
  PlanMaker(const std::shared_ptr<const Checkpoint>& checkpoint, const Sensitivity& study,
            bool include_tokenizer, const std::shared_ptr<const Calibration>& calibration);
  ~PlanMaker();

  ResolvedPlan resolved(const PrecisionPlan& plan) const;

  /// The plan of least damage within bytes, or of fewest bytes within a damage. Throws Error(usage) where no
  /// plan is as small, naming the nearest that can be.
  AutoPlan under(const PlanBudget& budget, const DamageScales& scales = {}) const;

  /// Plans that no other is better than at their size, from the base to the smallest: `most` at most, evenly
  /// over bytes.
  std::vector<AutoPlan> front(std::size_t most, const JobControl& control) const;

  /// A layer counts as what the study has of it where it is stored so, whatever type lies beside it.
  ForetoldPlan foretold(const ResolvedPlan& plan) const;

 private:
  class Candidates;
  std::uint64_t size_of(const std::vector<std::size_t>& chosen) const;
  AutoPlan plan_of(const std::vector<std::size_t>& chosen, double gap) const;
  AutoPlan under_bytes(std::uint64_t most, const DamageScales& scales) const;
  AutoPlan smallest_under(std::uint64_t most) const;

  std::shared_ptr<const Checkpoint> checkpoint_;
  std::unique_ptr<const Candidates> candidates_;
};

}  // namespace octet
