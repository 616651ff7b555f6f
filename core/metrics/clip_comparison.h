#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/metrics/predicted_mos.h"
#include "core/metrics/report.h"
#include "core/plan/plan.h"
#include "core/progress.h"
#include "core/synthesis/engine.h"

namespace octet {

/// A run to compare: a name people use for it, and its plan.
struct PlannedRun {
  std::string name;
  ResolvedPlan plan;  ///< against the engine's checkpoint
  int steps = 0;      ///< Euler steps; 0: the clips'
};

/// Speech to be made again by every run: what is said and the voice it is said in.
struct ComparisonClip {
  std::string name;
  SynthesisRequest request;                 ///< `seed` and `steps` are the comparison's
  std::shared_ptr<const Sound> sound = {};  ///< that it was heard in; none of captured utterances
  std::filesystem::path file = {};          ///< that the sound was read from
};

/// Speaks clips with all runs under the same noise and measures each against the first, beside two floors,
/// neither of which is a run against itself:
/// - "A, other noise" (A is the first run's name): the first run under the next seed, against itself under
/// this one;
/// - "bf16 against fp32": every layer in bf16 (tokenizer kept) against every layer in fp32, same noise,
/// whatever the
///   runs are.
/// Speaker embeddings are made with the first run's speaker encoder where the checkpoint has one. Models stay
/// bound from clip to clip.
class ClipComparison {
 public:
  /// Engine and control must outlive it.
  ClipComparison(const Engine& engine, const std::vector<PlannedRun>& runs, const JobControl& control,
                 Predictions predictions = Predictions::left_out);
  ~ClipComparison();

  struct Compared {
    ClipResult result;
    std::vector<std::vector<float>> waveforms;  ///< [run], 24 kHz
    std::vector<float> other_take;              ///< of the first run, under other noise
  };

  /// Throws like Engine::synthesize.
  Compared operator()(const ComparisonClip& clip) const;

 private:
  class Judge;
  struct Heard;
  /// A run bound to its plan.
  struct Voiced {
    std::string name;
    std::shared_ptr<const BoundModel> model;
    int steps;
  };
  Synthesis synthesize(const BoundModel& model, const ComparisonClip& clip, const std::string& who,
                       const SynthesisRequest& request) const;
  std::vector<float> other_take(const ComparisonClip& clip) const;
  /// Every layer in a precision, as one of the runs has spoken it or made anew.
  Synthesis floor_in(Precision precision, const ComparisonClip& clip,
                     const std::vector<Synthesis>& spoken) const;
  /// The floors without their scores.
  FloatFloor other_noise(const SynthesisRequest& request) const;
  static FloatFloor half_precision(const SynthesisRequest& request);

  const Engine& engine_;
  std::unique_ptr<const Judge> judge_;
  std::vector<Voiced> runs_;
  const JobControl& control_;
};

}  // namespace octet
