#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/kernels/own_stream.h"
#include "core/study/sensitivity_cost.h"

namespace octet {

/// What a sweep is to measure.
struct DamageWork {
  std::string stage;             ///< what its progress is called
  ResolvedPlan base;             ///< of all that an entry does not name
  std::size_t choices = 0;       ///< ways of storing that entries are of
  std::vector<SweepEntry> all;   ///< of all shards, which the cost is of
  std::vector<SweepEntry> left;  ///< to be measured here
  std::size_t done = 0;          ///< that were measured here before
  std::shared_ptr<const Calibration> calibration = {};
  double interval = 0;  ///< as SensitivityQuestion::interval
};

struct MeasuredDamage {
  double damage = 0;  ///< mean over clips; NaN where a clip could not be made
  DamageMeter::Damages clips = {};
  std::string fault = {};  ///< why there is no damage
};

/// Measures what is left of a study: on one engine, or on several of one kind at once, on one device or more
/// (sweep_engines.h), which take the entries in turn. The figures are the same whoever measured them.
class DamageSweep {
 public:
  /// Has every engine speak the clips by the base, and measures what that takes. Engines and clips must
  /// outlive it. Throws Error(usage) unless all engines compute alike, and like Engine::synthesize.
  DamageSweep(std::vector<const Engine*> engines, DamageWork work, const std::vector<ComparisonClip>& clips,
              const JobControl& control);
  ~DamageSweep();

  const SensitivityCost& cost() const { return cost_; }

  /// Hands what was measured to `take`: all that is left, in its order and without gaps, never two at once.
  /// An entry that fails (Error of input), such as one that gives NaN, has no damage but a fault. Once.
  void run(const JobControl& control, const std::function<void(MeasuredDamage)>& take);

 private:
  class Course;
  SensitivityRates prepare(const JobControl& control);
  MeasuredDamage measured(DamageMeter& meter, const SweepEntry& entry, const JobControl& control) const;

  std::vector<const Engine*> engines_;
  std::vector<OwnStream> streams_;  ///< of the engines
  DamageWork work_;
  const std::vector<ComparisonClip>& clips_;
  std::vector<double> expected_;  ///< seconds of each that is left
  SensitivityCost cost_;
  std::vector<std::unique_ptr<DamageMeter>> meters_;  ///< of the engines; none where all is done
};

}  // namespace octet
