#pragma once

#include <vector>

#include "core/metrics/clip_comparison.h"

namespace octet {

struct Comparison {
  Report report;
  std::vector<std::vector<std::vector<float>>> waveforms;  ///< [clip][run], 24 kHz; empty unless kept
  std::vector<std::vector<float>> other_takes;  ///< [clip], of the first run under other noise, likewise
};

/// Whether a comparison keeps what was spoken, which grows with its clips.
enum class Waveforms { kept, dropped };

/// Compares every clip (ClipComparison).
/// A clip that fails (Error of input or device) is left out and named in Report::skipped; where all fail, the
/// first error is thrown, and where the first two fail alike, at once.
Comparison compare_runs(const Engine& engine, const std::vector<PlannedRun>& runs,
                        const std::vector<ComparisonClip>& clips, const JobControl& control,
                        Waveforms waveforms = Waveforms::kept,
                        Predictions predictions = Predictions::left_out);

}  // namespace octet
