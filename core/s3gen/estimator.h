#pragma once

#include <optional>
#include <vector>

#include "core/s3gen/layers.h"

namespace octet::s3gen {

/// ConditionalDecoder, the causal U-Net that predicts the flow (chatterbox decoder.py,
/// matcha/transformer.py).
class Estimator {
 public:
  /// `scope` is "flow.decoder.estimator"; `head_width` is the attention heads', which no shape tells.
  Estimator(const Scope& scope, std::int64_t head_width);

  /// True for checkpoints that were distilled to few steps and also take the end time of a step.
  bool meanflow() const { return time_mixer_.has_value(); }

  /// Begin and end of steps, fp32 [steps] (the end counts for meanflow only) -> fp32 [steps, width]
  at::Tensor embed_times(const at::Tensor& t, const at::Tensor& r, const Run& run) const;

  /// x, mu, condition: fp32 [batch, 80, frames]; speaker: [batch, 80]; t and r (begin and end of the step):
  /// fp32 [batch], r is used by meanflow only. Returns dx/dt, fp32 [batch, 80, frames]. The run's lengths are
  /// in frames.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& mu, const at::Tensor& speaker,
                        const at::Tensor& condition, const at::Tensor& t, const at::Tensor& r,
                        const Run& run) const;

 private:
  struct CausalBlock {
    explicit CausalBlock(const Scope& scope);
    at::Tensor operator()(const at::Tensor& x, const Run& run) const;

    Conv1d conv;
    LayerNorm norm;
  };

  struct ResnetBlock {
    explicit ResnetBlock(const Scope& scope);
    at::Tensor operator()(const at::Tensor& x, const at::Tensor& time, const Run& run) const;

    Linear time_projection;
    CausalBlock block1;
    CausalBlock block2;
    Conv1d shortcut;
  };

  struct TransformerBlock {
    TransformerBlock(const Scope& scope, std::int64_t head_width);
    at::Tensor operator()(const at::Tensor& x, const Run& run) const;

    std::int64_t head_width;
    LayerNorm attention_norm;
    Linear query;
    Linear key;
    Linear value;
    Linear out;
    LayerNorm feed_forward_norm;
    Linear feed_forward_in;
    Linear feed_forward_out;
  };

  /// A resnet block, its transformer blocks and, but for the middle of the U-Net, a causal convolution.
  struct Stage {
    Stage(const Scope& scope, std::int64_t head_width);
    at::Tensor transform(const at::Tensor& x, const at::Tensor& time, const Run& run) const;

    ResnetBlock resnet;
    std::vector<TransformerBlock> transformers;
    std::optional<Conv1d> resample;
  };

  at::Tensor embed_time(const at::Tensor& t, const Run& run) const;

  at::ScalarType activations_;
  Linear time_linear1_;
  Linear time_linear2_;
  std::optional<Linear> time_mixer_;
  std::int64_t time_width_;
  std::vector<Stage> down_;
  std::vector<Stage> middle_;
  std::vector<Stage> up_;
  CausalBlock final_block_;
  Conv1d final_projection_;
};

/// Sines, then cosines, of 1000 t at `width` / 2 frequencies (matcha/decoder.py SinusoidalPosEmb). fp32
/// throughout: in bf16 the angles would be wrong by up to 44 %. t: fp32 [batch] -> fp32 [batch, width]
at::Tensor sinusoidal_embedding(const at::Tensor& t, std::int64_t width);

}  // namespace octet::s3gen
