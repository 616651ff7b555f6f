#pragma once

#include <functional>
#include <vector>

#include "core/study/damage_sweep.h"
#include "core/study/sensitivity.h"

namespace octet {

/// Measures the layers of a study that are not done yet. Results stand in the order of the table, the same
/// whoever measured them.
class SensitivitySweep {
 public:
  /// As DamageSweep's.
  SensitivitySweep(const std::vector<const Engine*>& engines, Sensitivity begun,
                   const std::vector<ComparisonClip>& clips, const JobControl& control);

  const SensitivityCost& cost() const { return sweep_.cost(); }

  /// After each layer hands `keep` what is there, to go on from: layers in their order, without gaps. A layer
  /// that fails (Error of input), such as one that gives NaN, has no damage but a fault. Once.
  Sensitivity run(const JobControl& control, const std::function<void(const Sensitivity&)>& keep);

 private:
  Sensitivity study_;
  std::vector<LayerDamage> left_;  ///< as they are known without measuring
  DamageSweep sweep_;
};

}  // namespace octet
