#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/study/component_plans.h"
#include "core/synthesis/engine.h"
#include "ui/measures/verdict.h"

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

/// What all clips of a set came to under a plan, whatever that was called.
struct ValidatedPlan {
  PrecisionPlan plan;
  Conclusion conclusion;
  std::shared_ptr<const std::string> result;  ///< the whole validation, as its file has it
};

struct ValidationMade {
  std::vector<std::string> said;     ///< what a person should know, the verdicts first
  std::vector<ValidatedPlan> plans;  ///< but for the control, and those with steps of their own
};

/// As octet validate: goes on where the result was left, writes result and report. Throws like validate() and
/// read_clips(), and Error(output).
ValidationMade carry_out(const Engine& engine, const ValidationRequest& request,
                         const ValidationSettings& settings, const JobControl& control);

}  // namespace octet::ui
