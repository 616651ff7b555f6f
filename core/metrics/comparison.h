#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/metrics/report.h"
#include "core/plan/plan.h"
#include "core/progress.h"
#include "core/synthesis/engine.h"

namespace octet {

/// A run to compare: a name people use for it, and its plan.
struct PlannedRun {
  std::string name;
  ResolvedPlan plan;  ///< against the engine's checkpoint
};

/// Speech to be made again by every run: what is said and the voice it is said in.
struct ComparisonClip {
  std::string name;
  SynthesisRequest request;  ///< `seed` and `steps` are the comparison's
};

struct Comparison {
  Report report;
  std::vector<std::vector<std::vector<float>>> waveforms;  ///< [clip][run], 24 kHz
};

/// Synthesizes every clip with every run under the same noise and measures each against the first, beside two
/// floors, neither of which is a run against itself:
/// - "A, other noise" (A is the first run's name): the first run under the next seed, against itself under
/// this one;
/// - "bf16 against fp32": every layer in bf16 (tokenizer kept) against every layer in fp32, same noise,
/// whatever the
///   runs are.
/// Speaker embeddings are made with the first run's speaker encoder where the checkpoint has one.
/// A clip that fails (Error of input or device) is left out and named in Report::skipped; where all fail, the
/// first error is thrown, and where the first two fail alike, at once.
Comparison compare_runs(const Engine& engine, const std::vector<PlannedRun>& runs,
                        const std::vector<ComparisonClip>& clips, const JobControl& control);

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
