#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/metrics/clip_folder.h"
#include "core/study/sensitivity.h"
#include "ui/language/sentences.h"

namespace octet::ui {

/// How clips are spoken.
struct StudySettings {
  int steps = 0;  ///< 0: what the checkpoint was trained for
  std::uint64_t seed = 0;
};

/// Clips that a study is of, and what has to be known of them.
struct HeardSpeech {
  HeardClips heard;
  std::vector<std::string> warnings;
};

/// The clips that `read` gives, as the base hears so many seconds of each. Throws like heard_in_base.
HeardSpeech heard_speech(const Engine& engine, Precision base, double seconds, const StudySettings& settings,
                         const std::function<ClipFolder()>& read, const JobControl& control);

/// Whole or not at all. Throws Error(output).
void write_study(const std::filesystem::path& result, const std::string& text);

/// Adds what a person should know of a study that is done, a sentence each.
template <typename Study>
void say_of(const Study& study, std::vector<std::string>& said) {
  said.insert(said.end(), study.warnings.begin(), study.warnings.end());
  for (const auto& [name, reason] : study.skipped) said.push_back(left_out(name, reason));
}

}  // namespace octet::ui
