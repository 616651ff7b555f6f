#pragma once

#include <initializer_list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>

#include "core/plan/plan.h"
#include "core/s3gen/campplus.h"
#include "core/s3gen/flow.h"
#include "core/s3gen/hift.h"
#include "core/s3gen/speech_tokenizer.h"
#include "core/s3gen/voice_listener.h"
#include "core/synthesis/engine.h"
#include "core/synthesis/weight_store.h"

namespace octet {

/// What core/synthesis/engine.h declares: each part of the model is made when it is first asked for.
class BoundModel {
 public:
  /// `graphs` are the GPU's; none on the CPU, or where it is to compute layer by layer. `head_width` is that
  /// of the estimator's attention.
  BoundModel(std::shared_ptr<const Checkpoint> checkpoint, std::shared_ptr<WeightStore> store, Device device,
             std::shared_ptr<GraphCache> graphs, std::int64_t head_width, const ResolvedPlan& plan,
             bool refillable = false);

  /// Whether the layer can be stored so in place: as plain int8, in a model made for that whose base is fp32.
  /// What it then gives is to the bit what a model of its own would.
  bool refills(std::size_t layer, const Recipe& recipe) const;
  /// Puts a weight in the layer's place, in the memory that recorded work reads; the plan says so. Gives what
  /// was there. Requires refills(), or a way that the layer was stored in before, and that no other thread
  /// uses the model.
  Weight refill(std::size_t layer, const Resolution& stored, const Weight& weight);

  /// They throw Error(input) when the file lacks the part, or holds layers of it that nothing computes.
  const s3gen::SpeechTokenizer& tokenizer() const { return part(tokenizer_, "tokenizer"); }
  const s3gen::Campplus& speaker_encoder() const { return part(speaker_encoder_, "speaker_encoder"); }
  /// Both, for a voice.
  const s3gen::VoiceListener& voice_listener() const;
  const s3gen::Flow& flow() const { return part(flow_, "flow", head_width_); }
  const s3gen::Hift& vocoder() const { return part(vocoder_, "mel2wav"); }

  const Checkpoint& checkpoint() const { return *checkpoint_; }
  Device device() const { return device_; }
  std::int64_t head_width() const { return head_width_; }
  const ResolvedPlan& resolved() const { return resolved_; }
  /// Throws Error(input) when the file lacks this component.
  void require(const std::string& component) const;
  std::uint64_t resident_bytes() const;

  /// Bytes that using these components would add: those of their layers that nobody holds yet, what their
  /// operations keep beside those, and on the CPU what making the largest of them takes for a while.
  std::uint64_t bytes_to_load(std::initializer_list<const char*> components) const;

  /// Makes the weights of these components, a layer after the other, which some methods take long for.
  void load(std::initializer_list<const char*> components, const JobControl& control) const;

  /// A layer of the checkpoint's table as the model computes with it, made where it is not yet, and kept.
  std::shared_ptr<const s3gen::LayerWeights> layer(std::size_t index, const std::stop_token& stop) const;

  /// The most bytes of weights that a synthesis keeps converted for a while (core/ops/conversions.h).
  std::uint64_t conversion_bytes() const;

 private:
  template <typename Part, typename... Arguments>
  const Part& part(std::unique_ptr<const Part>& kept, const std::string& component,
                   Arguments... arguments) const;
  /// Makes the part, if it is not made yet.
  void make(const std::string& component) const;
  void refuse_untaken(const s3gen::Scope& scope) const;

  std::shared_ptr<const Checkpoint> checkpoint_;
  std::shared_ptr<WeightStore> store_;
  Device device_;
  ResolvedPlan resolved_;
  std::int64_t head_width_;
  mutable std::mutex mutex_;
  mutable s3gen::ModelWeights weights_;
  mutable std::unique_ptr<const s3gen::SpeechTokenizer> tokenizer_;
  mutable std::unique_ptr<const s3gen::Campplus> speaker_encoder_;
  mutable std::unique_ptr<const s3gen::VoiceListener> voice_listener_;
  mutable std::unique_ptr<const s3gen::Flow> flow_;
  mutable std::unique_ptr<const s3gen::Hift> vocoder_;
};

/// `weights` with memory of its own for the weight, which another may take the place of.
std::shared_ptr<const s3gen::LayerWeights> with_slot(const s3gen::LayerWeights& weights);

template <typename Part, typename... Arguments>
const Part& BoundModel::part(std::unique_ptr<const Part>& kept, const std::string& component,
                             Arguments... arguments) const {
  const std::lock_guard lock(mutex_);
  if (kept) return *kept;
  require(component);
  const auto& layers = checkpoint_->layers();
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].component == component) {
      const auto held = store_->get(layers[i], resolved_.layers[i].effective, resolved_.calibration.get());
      weights_.layers[layers[i].name] = weights_.refillable ? with_slot(*held) : held;
    }
  const s3gen::Scope scope(weights_, component);
  auto made = std::make_unique<const Part>(scope, arguments...);
  refuse_untaken(scope);
  kept = std::move(made);
  return *kept;
}

}  // namespace octet
