#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/study/layer_pairs.h"
#include "ui/document/document.h"
#include "ui/study/study_speech.h"

namespace octet::ui {

/// Which layers of a sensitivity study a person asks to be put together, and where that goes.
struct PairsRequest {
  std::vector<Clip> clips;
  double seconds = 0;    ///< of each sound
  std::string layers;    ///< a glob over names
  std::size_t most = 0;  ///< of each kind, those that damage most
  std::filesystem::path result;
};

/// Pairs that are measured, and what a person should know of them, a sentence each.
struct PairsMade {
  std::shared_ptr<const LayerPairs> pairs;
  std::vector<std::string> said;
};

/// As octet study pairs: goes on where the result was left, and writes it. A file of something else is left
/// as it is. `read` gives the clips. Throws like layers_to_pair and PairSweep, Error(usage) where the file is
/// of another study, and Error(output).
PairsMade carry_out(const Checkpoint& checkpoint, const Engine& engine, const Sensitivity& study,
                    const std::shared_ptr<const Calibration>& calibration, const PairsRequest& request,
                    const StudySettings& settings, const std::function<ClipFolder()>& read,
                    const JobControl& control);

}  // namespace octet::ui
