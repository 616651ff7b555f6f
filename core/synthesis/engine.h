#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/audio/sound_file.h"
#include "core/checkpoint/checkpoint.h"
#include "core/kernels/device.h"
#include "core/plan/plan.h"
#include "core/progress.h"
#include "core/synthesis/request.h"

namespace octet {

/// A checkpoint bound to a plan: layers with the weights the plan gives them. Components are loaded when
/// first needed. Immutable to its users; layers that two plans agree on are shared.
class BoundModel;

/// Turns requests into sound with one checkpoint on one device. The same request and plan give the same
/// samples. May be used from several threads.
class Engine {
 public:
  /// Keeps the stages used last, up to `stage_cache_bytes` of ordinary memory: a stage whose inputs and
  /// layers are as before is taken from there, and is the same to the bit. 0 keeps none.
  Engine(const std::shared_ptr<const Checkpoint>& checkpoint, Device device,
         std::uint64_t stage_cache_bytes = 0);
  ~Engine();

  const Checkpoint& checkpoint() const;
  Device device() const;

  /// A model for a plan that was resolved against the checkpoint. Reads no weights yet.
  std::shared_ptr<const BoundModel> bind(const ResolvedPlan& plan) const;
  /// Resolves it first.
  std::shared_ptr<const BoundModel> bind(const PrecisionPlan& plan) const;

  /// A model some of whose layers can be stored in another way in place (BoundModel::refills).
  std::shared_ptr<BoundModel> bind_to_refill(const ResolvedPlan& plan) const;

  /// The embedding that a voice of this sound has. Throws as `condition`.
  std::vector<float> embed(const BoundModel& model, const Sound& reference, const JobControl& control) const;

  /// A voice from reference sound: mean of channels, the first 10 s, resampled as upstream's embed_ref.
  /// Throws Error(input) when it is shorter than 0.1 s.
  Conditioning condition(const BoundModel& model, const Sound& reference, const JobControl& control) const;

  /// Speech tokens of sound, whole. Throws Error(input) when it is shorter than 40 ms.
  std::vector<std::int64_t> tokenize(const BoundModel& model, const Sound& source,
                                     const JobControl& control) const;

  /// Tokens and voice to a waveform. Throws Error(input) for ids out of range, wrong shapes or too few
  /// frames, and Error(device), before any work, when the memory it needs is not there. What comes out is
  /// finite: where it would not be, Error(input) names the first layer that is to blame.
  Synthesis synthesize(const BoundModel& model, const SynthesisRequest& request,
                       const JobControl& control) const;

  /// Several at once, in their order: each as it is alone, but for the order of sums. Encoder and flow are
  /// computed as if all were as long as the longest, which small GPU work is faster for. Throws like that of
  /// one, and Error(usage) unless all take the same number of steps.
  std::vector<Synthesis> synthesize(const BoundModel& model, std::span<const SynthesisRequest> requests,
                                    const JobControl& control) const;

  /// Euler steps a request with steps = 0 takes.
  int default_steps() const;
  /// Speech tokens the checkpoint knows.
  std::int64_t vocabulary() const;
  /// Values of a speaker embedding.
  std::int64_t embedding_width() const;

  /// Bytes that recorded GPU work keeps between syntheses; 0 on the CPU.
  std::uint64_t graph_bytes() const;

  /// The most memory `synthesize` takes beyond the weights, conversions of weights apart, in bytes: measured,
  /// then rounded up (docs/benchmarks.md).
  std::uint64_t working_bytes(std::int64_t prompt_frames, std::int64_t output_frames) const;
  /// Of several at once.
  std::uint64_t working_bytes(std::span<const SynthesisRequest> requests) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The plan a bound model carries out, layer by layer.
const ResolvedPlan& resolved_plan(const BoundModel& model);

/// Bytes of weights a bound model holds so far, by component order of the checkpoint; shared layers count in
/// each.
std::uint64_t resident_weight_bytes(const BoundModel& model);

}  // namespace octet
