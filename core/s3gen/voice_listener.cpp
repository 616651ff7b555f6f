#include "core/s3gen/voice_listener.h"

#include <ATen/ATen.h>

namespace octet::s3gen {

struct VoiceListener::Recorded {
  at::Tensor features;  ///< fp32 [frames, mels]
  at::Tensor mel;       ///< fp32 [mels, frames]
  Heard heard;
  std::unique_ptr<CapturedGraph> graph;
};

VoiceListener::VoiceListener(const SpeechTokenizer& tokenizer, const Campplus& speaker_encoder,
                             std::shared_ptr<GraphCache> graphs)
    : tokenizer_(tokenizer), speaker_encoder_(speaker_encoder), graphs_(std::move(graphs)) {}

VoiceListener::~VoiceListener() {
  if (graphs_) graphs_->forget(this);
}

VoiceListener::Heard VoiceListener::operator()(const at::Tensor& wave, const Run& run,
                                               const std::function<void()>& between) const {
  if (graphs_ && speaker_encoder_.rows() && tokenizer_.rows() && !run.watched()) {
    const auto mel = tokenizer_.log_mel(wave)[0];
    if (mel.size(1) <= SpeechTokenizer::kWindowFrames) return recorded(speaker_encoder_.features(wave), mel);
  }
  Heard heard;
  heard.embedding = speaker_encoder_(wave, run);
  between();
  heard.ids = tokenizer_(wave, run);
  return heard;
}

VoiceListener::Heard VoiceListener::recorded(const at::Tensor& features, const at::Tensor& mel) const {
  const auto running = graphs_->lock();
  // Of one number of mel frames there may be two of features.
  const auto shape = mel.size(1) * (SpeechTokenizer::kWindowFrames + 1) + features.size(0);
  const auto kept = graphs_->get<Recorded>(this, shape, [&] {
    auto made = std::make_shared<Recorded>();
    made->features = at::zeros(features.sizes(), features.options());
    made->mel = at::zeros(mel.sizes(), mel.options());
    const auto& speaker = *speaker_encoder_.rows();
    const auto& tokenizer = *tokenizer_.rows();
    made->heard.embedding = speaker(made->features);
    made->heard.ids = tokenizer(made->mel).unsqueeze(0);
    made->graph = graphs_->capture([&] {
      at::Tensor embedding;
      graphs_->side(0).fork([&] { embedding = speaker(made->features); });
      made->heard.ids.copy_(tokenizer(made->mel));
      graphs_->side(0).join();
      made->heard.embedding.copy_(embedding);
    });
    return made;
  });
  kept->features.copy_(features);
  kept->mel.copy_(mel);
  kept->graph->replay();
  return {kept->heard.embedding.clone(), kept->heard.ids.clone()};
}

}  // namespace octet::s3gen
