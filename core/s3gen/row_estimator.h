#pragma once

#include <vector>

#include "core/ops/row_ops.h"
#include "core/s3gen/estimator.h"

namespace octet::s3gen {

/// The Estimator as GPUs like it: rows [batch, frames, channels] from end to end, queries, keys and values in
/// one product, and nothing that a CUDA graph could not record. Computes the same function.
class RowEstimator {
 public:
  /// `scope` is "flow.decoder.estimator".
  RowEstimator(const Scope& scope, std::int64_t head_width);

  /// What the blocks add in steps whose times are embedded so. embedded: fp32 [steps, width], of
  /// Estimator::embed_times -> fp32 [steps, time_width()]
  at::Tensor project_times(const at::Tensor& embedded) const;
  std::int64_t time_width() const { return time_width_; }

  /// Of the rows it reads.
  at::ScalarType activations() const { return activations_; }

  /// packed: x, mu, speaker and condition side by side, [batch, frames, 320]; times: a row of project_times.
  /// lengths: int32 [batch], frames of each entry that count, or undefined: all. Returns dx/dt, fp32 [batch,
  /// frames, 80]. int8 weights are made ready for a block at a time, beside the attention before it.
  at::Tensor operator()(const at::Tensor& packed, const at::Tensor& times,
                        const at::Tensor& lengths = {}) const;

 private:
  class WeightsAhead;

  struct ResnetBlock {
    explicit ResnetBlock(const Scope& scope);

    Linear time_projection;
    RowProduct conv1_and_shortcut;
    RowMish norm1;
    RowProduct conv2;
    RowMish norm2;
    std::int64_t width;
  };

  struct TransformerBlock {
    explicit TransformerBlock(const Scope& scope);
    at::Tensor operator()(const at::Tensor& x, const RowHeads& heads, WeightsAhead& weights) const;

    RowProduct query_key_value;
    RowProduct out;
    RowProduct feed_forward_in;
    RowProduct feed_forward_out;
  };

  struct Stage {
    explicit Stage(const Scope& scope);

    ResnetBlock resnet;
    std::vector<TransformerBlock> transformers;
    std::optional<RowProduct> resample;
  };

  static at::Tensor run(const Stage& stage, const at::Tensor& x, const at::Tensor& shift,
                        const RowHeads& heads, WeightsAhead& weights);
  /// All in the order of their use; a group ends behind an attention.
  std::vector<std::vector<const RowProduct*>> products_by_attention() const;

  std::int64_t head_width_;
  at::ScalarType activations_;
  std::vector<Stage> down_;
  std::vector<Stage> middle_;
  std::vector<Stage> up_;
  RowProduct final_conv_;
  RowMish final_norm_;
  RowProduct final_projection_;
  std::int64_t time_width_ = 0;
};

}  // namespace octet::s3gen
