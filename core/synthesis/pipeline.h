#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/ops/run.h"
#include "core/progress.h"
#include "core/synthesis/bound_model.h"
#include "core/synthesis/noise.h"
#include "core/synthesis/stage_cache.h"
#include "core/synthesis/stage_keys.h"

namespace octet {

/// From requests to sound: encoder and flow of all of them at once, source and vocoder of one after the
/// other, each taken from a cache where that has it.
class Pipeline {
 public:
  /// `requests` are checked; all take `steps`. Loads what is not loaded yet of flow and vocoder. All must
  /// outlive it.
  Pipeline(const BoundModel& model, std::span<const SynthesisRequest> requests, int steps, StageCache& cache,
           const Run& run, const JobControl& control);

  /// All but Synthesis::seconds, in the order of the requests. Throws NotFinite
  /// (core/synthesis/finite_outputs.h), Error(cancelled), and Error(input) for noise of a wrong shape, before
  /// any work.
  std::vector<Synthesis> synthesize();

 private:
  /// A request on its way.
  struct Clip {
    const SynthesisRequest& request;
    StageKeys keys;
    std::optional<Noise> noise;
    Synthesis result;

    std::int64_t frames() const;         ///< of prompt and output
    std::int64_t prompt_frames() const;  ///< the rest is output
    at::Tensor prompt_token() const;
    at::Tensor speech_tokens() const;
    at::Tensor prompt_feat() const;
    at::Tensor embedding() const;
  };
  /// A stage by its name in messages and its key, the output that the next one takes, and what tells that all
  /// of it is in the cache.
  struct Stage {
    const char* name;
    std::string StageKeys::*key;
    const char* output;
    const char* last_seen;
  };
  using Outputs = std::vector<at::Tensor>;  ///< of a stage, clip by clip: [1, …]
  template <typename Make>
  Outputs stage(const Stage& stage, std::span<Clip> clips, const Make& make);
  std::optional<Outputs> kept(const Stage& stage, std::span<Clip> clips);

  Outputs encode();
  Outputs solve(const Outputs& mus);
  at::Tensor excite(Clip& clip, const at::Tensor& mel);
  at::Tensor vocode(Clip& clip, const at::Tensor& mel, const at::Tensor& source);

  const Noise& noise_of(Clip& clip) const;
  /// The run of all clips, whose rows are so many frames each.
  Run run_of_all(std::int64_t frames_per_row) const;

  int steps_;
  StageCache& cache_;
  const Run& run_;
  const JobControl& control_;
  Device device_;
  const s3gen::Flow& flow_;
  const s3gen::Hift& vocoder_;
  std::vector<Clip> clips_;
};

}  // namespace octet
