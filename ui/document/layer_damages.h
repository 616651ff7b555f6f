#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/study/sensitivity.h"

namespace octet::ui {

/// What `octet study sensitivity` says of the layers of a checkpoint.
struct LayerDamages {
  std::vector<float> damages;  ///< by layer of the table, the least of several ways; NaN: none is known
  std::vector<std::string> warnings;  ///< what is missing, a sentence each
};

/// `name` is the study's file's, for warnings.
LayerDamages layer_damages(const Sensitivity& study, const std::string& name, const Checkpoint& checkpoint);

/// A study with what it says of a checkpoint.
struct ShownStudy {
  std::string name;  ///< of its file
  std::shared_ptr<const Sensitivity> study;
  LayerDamages layers;
};

/// Hashes a checkpoint that was not hashed before: for a lane. Throws as read_sensitivity.
ShownStudy read_study(const std::filesystem::path& file, const Checkpoint& checkpoint);

}  // namespace octet::ui
