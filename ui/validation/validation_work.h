#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/study/component_plans.h"
#include "core/synthesis/engine.h"

namespace octet::ui {

/// What a person asks to be judged, and where that goes.
struct ValidationRequest {
  std::filesystem::path set;     ///< a folder of clips
  std::vector<StudyPlan> plans;  ///< beside every layer in bf16; empty: the components of the seed policy
  std::filesystem::path report;  ///< one HTML file
  bool control = true;           ///< also a plan that is bad on purpose and has to be found
};

/// Where the result is kept while it is made, and after: beside the report, as JSON.
std::filesystem::path result_of(const ValidationRequest& request);

/// How clips are spoken.
struct ValidationSettings {
  int steps = 0;  ///< 0: what the checkpoint was trained for
  std::uint64_t seed = 0;
  std::shared_ptr<const Calibration> calibration;
};

/// As octet validate: goes on where the result was left, writes result and report, and says what a person
/// should know, the verdicts first. Throws like validate() and read_clips(), and Error(output).
std::vector<std::string> carry_out(const Engine& engine, const ValidationRequest& request,
                                   const ValidationSettings& settings, const JobControl& control);

}  // namespace octet::ui
