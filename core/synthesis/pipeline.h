#pragma once

#include <optional>
#include <string>

#include "core/ops/run.h"
#include "core/progress.h"
#include "core/synthesis/bound_model.h"
#include "core/synthesis/noise.h"
#include "core/synthesis/stage_cache.h"
#include "core/synthesis/stage_keys.h"

namespace octet {

/// From a request to sound: encoder, flow, source and vocoder, one after the other, each taken from a cache
/// where that has it.
class Pipeline {
 public:
  /// `request` is checked and `steps` are those taken where it leaves them open. Loads what is not loaded yet
  /// of flow and vocoder. All must outlive it.
  Pipeline(const BoundModel& model, const SynthesisRequest& request, int steps, StageCache& cache,
           const Run& run, const JobControl& control);

  /// All but Synthesis::seconds. Throws NotFinite (core/synthesis/finite_outputs.h), Error(cancelled), and
  /// Error(input) for noise of a wrong shape, before any work.
  Synthesis synthesize();

 private:
  /// A stage by its name in messages and its key, the output that the next one takes, and what tells that all
  /// of it is in the cache.
  struct Stage {
    const char* name;
    std::string key;
    const char* output;
    const char* last_seen;
  };
  template <typename Make>
  at::Tensor stage(const Stage& stage, const Make& make);

  at::Tensor encode();
  at::Tensor solve(const at::Tensor& mu);
  at::Tensor excite(const at::Tensor& mel);
  at::Tensor vocode(const at::Tensor& mel, const at::Tensor& source);

  const Noise& noise();
  at::Tensor prompt_token() const;
  at::Tensor speech_tokens() const;
  at::Tensor prompt_feat() const;
  at::Tensor embedding() const;

  const SynthesisRequest& request_;
  int steps_;
  StageCache& cache_;
  const Run& run_;
  const JobControl& control_;
  Device device_;
  const s3gen::Flow& flow_;
  const s3gen::Hift& vocoder_;
  StageKeys keys_;
  std::optional<Noise> noise_;
  Synthesis result_;
};

}  // namespace octet
