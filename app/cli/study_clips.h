#pragma once

#include <CLI/CLI.hpp>
#include <limits>
#include <string>

#include "app/cli/console.h"
#include "core/study/sensitivity.h"

namespace octet::cli {

/// What a study speaks, as the command line has it.
struct StudyClips {
  std::string folder;  ///< of sounds or captured utterances; some of the demo's when empty
  double seconds = std::numeric_limits<double>::infinity();  ///< of each sound
  int steps = 0;
};

/// `--clips`, `--seconds` and `--steps`.
void add_clip_options(CLI::App& command, StudyClips& clips);

/// The clips as the base hears them, under the global seed.
HeardClips heard_clips(const StudyClips& asked, Precision base, const Engine& engine, const Globals& globals,
                       Warnings& warnings, const JobControl& control);

}  // namespace octet::cli
