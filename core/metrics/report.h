#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/metrics/sound_comparison.h"
#include "core/metrics/step_errors.h"
#include "core/synthesis/request.h"

namespace octet {

/// What a plan does to one component of the model.
struct ComponentSummary {
  std::string component;  ///< "tokenizer", "speaker_encoder", "flow", "mel2wav"
  int layers = 0;
  int int8_layers = 0;
  std::int64_t parameters = 0;
  std::uint64_t bytes = 0;  ///< of weights under the plan, scales included
};

/// One way to run the model: a plan, and what it comes to.
struct RunSummary {
  std::string name;  ///< short and unique, such as "A"
  std::string plan;  ///< name of the plan
  std::vector<ComponentSummary> components;
  /// Signal-to-noise ratio of the int8 weights, in dB, infinite where nothing is lost; none where it was not
  /// asked for, or no weight is int8.
  std::optional<double> int8_weight_snr = {};
};

/// Measures between two float runs of a clip: how large a number is before quantization has done anything.
struct FloatFloor {
  std::string name;  ///< what differs, such as "A, other noise"
  std::vector<Score> scores;
  std::string reference = {};  ///< what was measured against, such as "A, seed 0"
  std::string test = {};       ///< what was measured, such as "A, seed 1"
  /// After each stage; of one noise only, and where the request had stages kept.
  std::vector<StageError> errors = {};
};

/// One run of one clip.
struct ClipRun {
  std::vector<StageCost> stages;
  std::vector<Score> scores;  ///< against the first run of this clip; empty for the first run itself
  double seconds = 0;         ///< end to end (Synthesis::seconds)
};

/// One clip through all runs.
struct ClipResult {
  std::string name;
  double seconds = 0;  ///< of the sound made
  std::vector<FloatFloor> floors;
  std::vector<ClipRun> runs;  ///< as many as Report::runs, in their order
  /// Speaker embeddings, written to no file: of the voice that it is spoken in, and of what the first run
  /// spoke, empty where the model cannot hear it.
  std::vector<float> voice = {}, heard = {};
};

/// A clip that is not in the report, and why.
struct SkippedClip {
  std::string name;
  std::string reason;
};

/// What `octet compare` and `octet demo` found. The first run is the reference of all others.
struct Report {
  std::string octet_version;
  std::string checkpoint;  ///< file name, without its folder
  std::string checkpoint_sha256;
  std::string variant;
  std::string device;
  int threads = 0;
  std::uint64_t seed = 0;
  int steps = 0;
  std::vector<std::string> warnings;  ///< what has to be known of the inputs
  std::vector<RunSummary> runs;
  std::vector<ClipResult> clips;
  std::vector<SkippedClip> skipped = {};
};

/// report.json: "format": "octet-report", "version": 1, then settings, warnings, measures, runs with the mean
/// of each measure over all clips and its 95 % interval, what each floor holds against what, floors likewise,
/// clips, and clips that were skipped. Keys in a fixed order; what is not defined is null. Throws
/// Error(usage) when a score is of no known measure or a clip does not have as many runs as the report.
std::string to_json(const Report& report);

/// The same as aligned text: plans, measures beside their floors (in the mean, and per clip where there are
/// several), what each floor is, time and memory per stage, and clips that were skipped. MB are 10^6 bytes.
/// Throws as to_json.
std::string to_table(const Report& report);

/// A report of one plan by several methods (core/plan/method_plans.h) as aligned text: a line a run, with
/// what it takes, what its weights lose, and the means of the measures over all clips; then the floors.
/// Seconds are those of a clip end to end, in the mean. Throws as to_json.
std::string to_methods_table(const Report& report);

}  // namespace octet
