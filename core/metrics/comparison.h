#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/metrics/clip_comparison.h"

namespace octet {

struct Comparison {
  Report report;
  std::vector<std::vector<std::vector<float>>> waveforms;  ///< [clip][run], 24 kHz; empty unless kept
};

/// Whether a comparison keeps what was spoken, which grows with its clips.
enum class Waveforms { kept, dropped };

/// Compares every clip (ClipComparison).
/// A clip that fails (Error of input or device) is left out and named in Report::skipped; where all fail, the
/// first error is thrown, and where the first two fail alike, at once.
Comparison compare_runs(const Engine& engine, const std::vector<PlannedRun>& runs,
                        const std::vector<ComparisonClip>& clips, const JobControl& control,
                        Waveforms waveforms = Waveforms::kept);

/// The clips of a folder.
struct ClipFolder {
  std::vector<ComparisonClip> clips;
  std::vector<SkippedClip> skipped;   ///< sounds that could not be used
  std::vector<std::string> warnings;  ///< what was passed over, repaired in reading, or is doubtful
};

/// Utterances that were captured (core/synthesis/captured.h), with their voices, draws and steps, where the
/// folder holds any; else every sound of it (core/audio/sound_folder.h), through tokenizer and speaker
/// encoder, each in its own voice. Clips are called by their files' stems, or whole names where two have the
/// same. Throws Error(input) when there is no sound, or none that can be used.
ClipFolder read_clips(const Engine& engine, const std::filesystem::path& folder, const JobControl& control);

}  // namespace octet
