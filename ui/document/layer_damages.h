#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"

namespace octet::ui {

/// What `octet study sensitivity` says of the layers of a checkpoint.
struct LayerDamages {
  std::vector<float> damages;  ///< by layer of the table, the least of several ways; NaN: none is known
  std::vector<std::string> warnings;  ///< what is missing, a sentence each
};

/// Hashes a checkpoint that was not hashed before: for a lane. Throws as read_sensitivity.
LayerDamages read_layer_damages(const std::filesystem::path& study, const Checkpoint& checkpoint);

}  // namespace octet::ui
