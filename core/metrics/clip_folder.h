#pragma once

#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "core/metrics/clip_comparison.h"

namespace octet {

/// The clips of a folder.
struct ClipFolder {
  std::vector<ComparisonClip> clips;
  std::vector<SkippedClip> skipped;   ///< what could not be used
  std::vector<std::string> warnings;  ///< what was passed over, repaired in reading, is doubtful, or lacks
};

inline constexpr auto kAllClips = std::numeric_limits<std::size_t>::max();

/// The clips of a reference set (core/sets/reference_set.h), each as it was described, or skipped. Of another
/// folder: utterances that were captured (core/synthesis/captured.h), where it holds any; else every sound of
/// it (core/audio/sound_folder.h). Utterances have their voices, draws and steps; sounds go through tokenizer
/// and speaker encoder, each in its own voice. Clips are called by their files' stems, or whole names where
/// two have the same. Of more than `most` as many as that are read, evenly over all of them. Throws
/// Error(input) when there is no clip, or none that can be used.
ClipFolder read_clips(const Engine& engine, const std::filesystem::path& folder, const JobControl& control,
                      std::size_t most = kAllClips);

}  // namespace octet
