#pragma once

#include <functional>
#include <vector>

#include "core/study/damage_sweep.h"
#include "core/study/pair_entries.h"

namespace octet {

/// Measures the layers and pairs of a study that are not done yet. Results stand in its order, the same
/// whoever measured them.
class PairSweep {
 public:
  /// As DamageSweep's.
  PairSweep(const std::vector<const Engine*>& engines, LayerPairs begun,
            const std::vector<ComparisonClip>& clips, const JobControl& control);

  const SensitivityCost& cost() const { return sweep_.cost(); }

  /// After each layer or pair hands `keep` what is there, to go on from. What fails (Error of input), such as
  /// what gives NaN, has no damage but a fault. Once.
  LayerPairs run(const JobControl& control, const std::function<void(const LayerPairs&)>& keep);

 private:
  void take(MeasuredDamage measured);

  LayerPairs study_;
  PairEntries entries_;
  DamageSweep sweep_;
};

}  // namespace octet
