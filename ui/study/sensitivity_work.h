#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/study/sensitivity.h"
#include "ui/document/document.h"
#include "ui/study/study_speech.h"

namespace octet::ui {

enum class Effort {
  exact,  ///< clips are spoken with each layer
  fast,   ///< estimated from gradients, all layers of flow and vocoder at once
};

/// What a person asks to be studied, and where that goes.
struct SensitivityRequest {
  QString name;  ///< of the layers, in words for a person
  std::vector<Clip> clips;
  double seconds = 0;                ///< of each sound
  std::string layers;                ///< a glob over names
  Precision base = Precision::fp32;  ///< of all other layers
  Effort effort = Effort::exact;
  std::filesystem::path result;
};

/// A study that is done, and what a person should know of it, a sentence each.
struct StudyMade {
  Sensitivity study;
  std::vector<std::string> said;
};

/// As octet study sensitivity with int8 by plain rounding: goes on where the result was left, and writes it.
/// A file of something else is left as it is. `read` gives the clips. Throws like SensitivitySweep and
/// fast_sensitivity, Error(usage) where the file is of another study, and Error(output).
StudyMade carry_out(const std::shared_ptr<const Checkpoint>& checkpoint, const Engine& engine,
                    const SensitivityRequest& request, const StudySettings& settings,
                    const std::function<ClipFolder()>& read, const JobControl& control);

}  // namespace octet::ui
