#pragma once

#include <functional>
#include <memory>

#include "core/kernels/captured_graph.h"
#include "core/s3gen/campplus.h"
#include "core/s3gen/speech_tokenizer.h"

namespace octet::s3gen {

/// Speaker encoder and tokenizer over the same sound. On a GPU they are recorded once for a length, side by
/// side, and then launched whole.
class VoiceListener {
 public:
  /// All must outlive it. `graphs` are the GPU's; none on the CPU.
  VoiceListener(const SpeechTokenizer& tokenizer, const Campplus& speaker_encoder,
                std::shared_ptr<GraphCache> graphs);
  ~VoiceListener();

  struct Heard {
    at::Tensor embedding;  ///< as Campplus gives it
    at::Tensor ids;        ///< as SpeechTokenizer gives them
  };
  /// wave: fp32 [1, samples] at 16 kHz. `between` is called between the two, where one follows the other.
  Heard operator()(const at::Tensor& wave, const Run& run, const std::function<void()>& between) const;

 private:
  struct Recorded;
  Heard recorded(const at::Tensor& features, const at::Tensor& mel) const;

  const SpeechTokenizer& tokenizer_;
  const Campplus& speaker_encoder_;
  std::shared_ptr<GraphCache> graphs_;
};

}  // namespace octet::s3gen
