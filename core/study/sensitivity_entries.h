#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/study/sensitivity.h"
#include "core/study/sweep_entry.h"

namespace octet {

/// A layer and how it is to be stored, before it is measured.
struct SensitivityEntry {
  SweepLayer stored;
  LayerDamage damage;  ///< what is known without measuring
};

/// All layers in `base`.
PrecisionPlan sensitivity_base(Precision base);

/// "int8 by gptq", "fp16"
std::string in_words(const Choice& choice);

/// Of all shards, in the layer table's order, then the choices'. Adds a warning for each choice that some
/// layers cannot be made of. Throws Error(input) where no layer is called so.
std::vector<SensitivityEntry> entries_of(const LayerTable& layers, const SensitivityQuestion& question,
                                         std::vector<std::string>& warnings);

/// `stored` alone, as a sweep measures it.
SweepEntry swept(const SensitivityEntry& entry);

/// Those of the shard.
std::vector<SensitivityEntry> shard_of(const std::vector<SensitivityEntry>& all, const Shard& shard);

}  // namespace octet
