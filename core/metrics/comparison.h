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
  PrecisionPlan plan;

  bool operator==(const PlannedRun&) const = default;
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
/// floors: the first run under another seed, and the first run against its plan with every layer in bf16
/// (tokenizer kept). Speaker embeddings are made with the first run's speaker encoder where the checkpoint
/// has one.
Comparison compare_runs(const Engine& engine, const std::vector<PlannedRun>& runs,
                        const std::vector<ComparisonClip>& clips, const JobControl& control);

/// Clips of a folder: every WAV and FLAC in it, through tokenizer and speaker encoder, each in its own voice.
/// Throws Error(input) when there is none.
std::vector<ComparisonClip> read_clips(const Engine& engine, const std::filesystem::path& folder,
                                       const JobControl& control);

}  // namespace octet
