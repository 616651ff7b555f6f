#pragma once

#include <vector>

#include "core/study/layer_pairs.h"
#include "core/study/sweep_entry.h"

namespace octet {

/// What a study of pairs measures: each layer alone, then each pair.
struct PairEntries {
  std::size_t choices = 0;                                 ///< ways of storing
  std::vector<LayerDamage> layers;                         ///< what is known without measuring
  std::vector<std::pair<std::size_t, std::size_t>> pairs;  ///< by their places in `layers`
  std::vector<SweepEntry> all;
};

/// Throws Error(usage) where a layer cannot be stored as it is asked to.
PairEntries pair_entries(const LayerTable& layers, const PairsQuestion& question);

}  // namespace octet
