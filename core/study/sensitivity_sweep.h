#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "core/kernels/own_stream.h"
#include "core/study/sensitivity_cost.h"

namespace octet {

/// Measures the layers of a study that are not done yet: on one engine, or on several of one kind at once,
/// on one device or more (sweep_engines.h), which take the layers in turn. Results stand in the order of the
/// table, the same whoever measured them.
class SensitivitySweep {
 public:
  /// Has every engine speak the clips by the base, and measures what that takes. Engines and clips must
  /// outlive it. Throws Error(usage) unless all engines compute alike, and like Engine::synthesize.
  SensitivitySweep(std::vector<const Engine*> engines, Sensitivity begun,
                   const std::vector<ComparisonClip>& clips, const JobControl& control);
  ~SensitivitySweep();

  const SensitivityCost& cost() const { return cost_; }

  /// After each layer hands `keep` what is there, to go on from: layers in their order, without gaps. A layer
  /// that fails (Error of input), such as one that gives NaN, has no damage but a fault. Once.
  Sensitivity run(const JobControl& control, const std::function<void(const Sensitivity&)>& keep);

 private:
  class Course;
  LayerDamage measured(DamageMeter& meter, const SensitivityEntry& entry, const JobControl& control) const;

  std::vector<const Engine*> engines_;
  std::vector<OwnStream> streams_;  ///< of the engines
  Sensitivity study_;
  const std::vector<ComparisonClip>& clips_;
  ResolvedPlan base_;
  std::vector<SensitivityEntry> left_;
  std::vector<double> expected_;  ///< seconds of each that is left
  SensitivityCost cost_;
  std::vector<std::unique_ptr<DamageMeter>> meters_;  ///< of the engines; none where all is done
};

}  // namespace octet
