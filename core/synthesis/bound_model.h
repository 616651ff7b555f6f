#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "core/s3gen/campplus.h"
#include "core/s3gen/flow.h"
#include "core/s3gen/hift.h"
#include "core/s3gen/speech_tokenizer.h"
#include "core/synthesis/engine.h"
#include "core/synthesis/weight_store.h"

namespace octet {

class BoundModel {
 public:
  /// `head_width` is that of the estimator's attention.
  BoundModel(std::shared_ptr<const Checkpoint> checkpoint, std::shared_ptr<WeightStore> store, Device device,
             std::int64_t head_width, const PrecisionPlan& plan);

  // Each reads its weights when first asked for.
  const s3gen::SpeechTokenizer& tokenizer() const { return part(tokenizer_, "tokenizer"); }
  const s3gen::Campplus& speaker_encoder() const { return part(speaker_encoder_, "speaker_encoder"); }
  const s3gen::Flow& flow() const { return part(flow_, "flow", head_width_); }
  const s3gen::Hift& vocoder() const { return part(vocoder_, "mel2wav"); }
  const ResolvedPlan& resolved() const { return resolved_; }

  /// Throws Error(input) when the file lacks this component.
  void require(const std::string& component) const;

  std::uint64_t resident_bytes() const;

 private:
  template <typename Part, typename... Arguments>
  const Part& part(std::unique_ptr<const Part>& kept, const std::string& component,
                   Arguments... arguments) const {
    const std::lock_guard lock(mutex_);
    if (!kept) {
      require(component);
      const auto& layers = checkpoint_->layers();
      for (std::size_t i = 0; i < layers.size(); ++i)
        if (layers[i].component == component)
          weights_.layers[layers[i].name] = store_->get(layers[i], resolved_.layers[i]);
      kept = std::make_unique<const Part>(s3gen::Scope(weights_, component), arguments...);
    }
    return *kept;
  }

  std::shared_ptr<const Checkpoint> checkpoint_;
  std::shared_ptr<WeightStore> store_;
  ResolvedPlan resolved_;
  std::int64_t head_width_;
  mutable std::mutex mutex_;
  mutable s3gen::ModelWeights weights_;
  mutable std::unique_ptr<const s3gen::SpeechTokenizer> tokenizer_;
  mutable std::unique_ptr<const s3gen::Campplus> speaker_encoder_;
  mutable std::unique_ptr<const s3gen::Flow> flow_;
  mutable std::unique_ptr<const s3gen::Hift> vocoder_;
};

}  // namespace octet
