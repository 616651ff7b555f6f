#pragma once

#include <memory>
#include <vector>

#include "core/kernels/captured_graph.h"
#include "core/s3gen/layers.h"
#include "core/s3gen/row_tokenizer.h"

namespace octet::s3gen {

/// S3TokenizerV2 (s3tokenizer/model_v2.py, chatterbox s3tokenizer.py): 16 kHz speech to ids of 25 Hz,
/// vocabulary 3^8. Always computed in fp32: half precision changes tokens.
class SpeechTokenizer {
 public:
  /// Frames of 10 ms that are heard at once.
  static constexpr std::int64_t kWindowFrames = 3000;
  static constexpr std::int64_t kWindowTokens = kWindowFrames / 4;

  /// `scope` is "tokenizer".
  explicit SpeechTokenizer(const Scope& scope);
  ~SpeechTokenizer();

  /// wave: fp32 [1, samples] at 16 kHz, at least 400 samples. Returns int64 [1, tokens]; -1 where the model's
  /// output is not a number.
  /// Longer than 30 s: windows of 30 s with 4 s overlap, merged as upstream's _quantize_mixed_batch.
  at::Tensor operator()(const at::Tensor& wave, const Run& run) const;

  /// What it hears of such a wave: fp32 [1, mels, frames].
  at::Tensor log_mel(const at::Tensor& wave) const;
  /// Its form for GPUs, for a window; none on the CPU.
  const RowTokenizer* rows() const { return rows_.get(); }

 private:
  struct Recorded;
  struct Block {
    explicit Block(const Scope& scope);
    at::Tensor operator()(const at::Tensor& x, const at::Tensor& cosines, const at::Tensor& sines,
                          const Run& run) const;

    LayerNorm attention_norm;
    Linear query;
    Linear key;
    Linear value;
    Linear out;
    Conv1d memory;  ///< the FSMN: depthwise over time
    LayerNorm mlp_norm;
    Linear mlp_in;
    Linear mlp_out;
  };

  /// mel: [1, mels, frames] -> int64 [tokens]
  at::Tensor encode_window(const at::Tensor& mel, const Run& run) const;
  /// The same on a GPU, recorded once for a length. mel: [mels, frames]
  at::Tensor encode_recorded(const at::Tensor& mel) const;

  at::Tensor filters_;  ///< [mels, 201]
  at::Tensor window_;   ///< [400]
  Conv1d conv1_;
  Conv1d conv2_;
  std::vector<Block> blocks_;
  Linear project_down_;
  RotaryTables rotary_;
  std::shared_ptr<GraphCache> graphs_;
  std::unique_ptr<const RowTokenizer> rows_;
};

}  // namespace octet::s3gen
