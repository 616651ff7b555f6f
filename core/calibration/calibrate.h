#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/calibration/balance.h"
#include "core/checkpoint/calibration.h"
#include "core/metrics/clip_folder.h"
#include "core/progress.h"
#include "core/synthesis/engine.h"

namespace octet {

struct CalibrationSettings {
  int steps = 0;  ///< Euler steps of clips that bring none; 0: what the checkpoint was trained for
  CalibrationBalance balance = CalibrationBalance::rows;
  /// How layers are stored while they listen, so that each is given what those before it make; none: fp32.
  std::optional<ResolvedPlan> plan = {};
};

/// The most bytes of sums that are held at a time, beside those of one call of a layer (32 MB at full size)
/// and 64 MB of its rows: what is more is taken in several passes over the clips, layers in the order of the
/// table. A layer that has more alone has a pass of its own.
constexpr std::uint64_t kMostSums = 512'000'000;

/// Streams clips through flow and vocoder, all steps and both halves of guidance, and writes what
/// each Linear and convolution of them is given to `path` (docs/formats.md, "Calibration"), atomically. After
/// each clip of a pass the sums lie beside it, in `path`.passN; the same calibration goes on from there, to
/// the same bytes, and removes them at its end. Throws Error(input) for an export, and for passes of another
/// calibration; Error(usage) where `path` is no file; Error(cancelled), keeping the clips that were done.
void calibrate(const Engine& engine, std::span<const ComparisonClip> clips,
               const CalibrationSettings& settings, const std::filesystem::path& path,
               const JobControl& control, std::uint64_t most_sums = kMostSums);

/// What makes it doubtful that a calibration on these clips serves other speech, a sentence each: little
/// speech, one speaker, the same clip twice.
std::vector<std::string> doubts(std::span<const ComparisonClip> clips);

/// Says which of these clips `calibration` was made on: measures on them favour what was made with it. A
/// sentence, or none.
std::vector<std::string> heard_before(const Calibration& calibration, std::span<const ComparisonClip> clips);

/// SHA-256 of all that a clip is: its tokens, its voice, and the draws that it brings.
std::string hash_of(const SynthesisRequest& request);

}  // namespace octet
