#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/plan/plan.h"
#include "core/study/damage.h"

namespace octet {

/// A layer of the table, and how it is to be stored.
struct SweepLayer {
  std::size_t layer;
  std::size_t choice;  ///< of the study's ways of storing
  Resolution stored;
};

/// Layers of one kind of damage that are stored in another way together, before that is measured.
struct SweepEntry {
  std::vector<SweepLayer> layers;
  DamageKind kind;
  std::string name;  ///< "flow.encoder_proj as weight-only"
};

}  // namespace octet
