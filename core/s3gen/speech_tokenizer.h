#pragma once

#include <vector>

#include "core/s3gen/layers.h"

namespace octet::s3gen {

/// S3TokenizerV2 (s3tokenizer/model_v2.py, chatterbox s3tokenizer.py): 16 kHz speech to ids of 25 Hz,
/// vocabulary 3^8. Always computed in fp32: half precision changes tokens.
class SpeechTokenizer {
 public:
  /// `scope` is "tokenizer".
  explicit SpeechTokenizer(const Scope& scope);

  /// wave: fp32 [1, samples] at 16 kHz, at least 400 samples. Returns int64 [1, tokens]; -1 where the model's
  /// output is not a number.
  /// Longer than 30 s: windows of 30 s with 4 s overlap, merged as upstream's _quantize_mixed_batch.
  at::Tensor operator()(const at::Tensor& wave, const Run& run) const;

 private:
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

  at::Tensor filters_;  ///< [mels, 201]
  at::Tensor window_;   ///< [400]
  at::Tensor cosines_;  ///< of all positions, [positions, 1, head width]
  at::Tensor sines_;
  Conv1d conv1_;
  Conv1d conv2_;
  std::vector<Block> blocks_;
  Linear project_down_;
};

}  // namespace octet::s3gen
