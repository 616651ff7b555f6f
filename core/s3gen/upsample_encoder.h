#pragma once

#include <optional>
#include <vector>

#include "core/ops/row_ops.h"
#include "core/s3gen/layers.h"

namespace octet::s3gen {

/// The conformer encoder that doubles the frame rate (chatterbox transformer/upsample_encoder.py, from
/// espnet).
class UpsampleEncoder {
 public:
  /// Attention scores held at once, in elements: of some heads, else of some queries of one.
  static constexpr std::int64_t kScoresAtOnce = 1 << 25;
  /// int8 weights of layers that a GPU dequantizes together, in bytes; six layers at full size are 38 MB.
  static constexpr std::uint64_t kMostDequantized = 64'000'000;

  /// `scope` is "flow.encoder".
  explicit UpsampleEncoder(const Scope& scope, std::int64_t scores_at_once = kScoresAtOnce);

  /// Sines and cosines of distances between frames, [1, 2 * frames - 1, width], as far as a clip's length
  /// tells them; on a GPU with a row of zeros behind, so that scores by distance have an even width.
  struct Positions {
    at::Tensor tokens;
    at::Tensor frames;
  };
  Positions positions(std::int64_t tokens, const at::TensorOptions& options) const;

  /// x: embedded tokens [batch, tokens, width] -> [batch, 2 * tokens, width]. The run's lengths are in
  /// tokens.
  at::Tensor operator()(const at::Tensor& x, const Positions& positions, const Run& run) const;

 private:
  /// A linear layer, a norm and the scale of espnet's positional encoding.
  struct InputLayer {
    explicit InputLayer(const Scope& scope);
    at::Tensor operator()(const at::Tensor& x, const Run& run) const;

    Linear linear;
    LayerNorm norm;
  };

  /// The convolutions as a CUDA graph can record them.
  struct RowConvolutions {
    explicit RowConvolutions(const Scope& scope);

    RowProduct look_ahead1;
    RowProduct look_ahead2;
    RowProduct up;
  };
  at::Tensor look_ahead(const at::Tensor& x, const Run& run) const;
  at::Tensor upsample(const at::Tensor& x, const Run& run) const;

  struct Layer {
    Layer(const Scope& scope, std::int64_t scores_at_once);
    /// positions: as in Positions, most distant past first
    at::Tensor operator()(const at::Tensor& x, const at::Tensor& positions, const Run& run) const;
    at::Tensor attend(const at::Tensor& x, const at::Tensor& positions, const Run& run) const;
    void collect(std::vector<Op>& linears) const;

    std::int64_t scores_at_once;
    LayerNorm attention_norm;
    Linear query;
    Linear key;
    Linear value;
    Linear out;
    Linear position;
    at::Tensor bias_u;  ///< [heads, head width]
    at::Tensor bias_v;
    LayerNorm feed_forward_norm;
    Linear feed_forward_in;
    Linear feed_forward_out;
  };

  /// One layer after the other. On a GPU their int8 weights are made together and go together.
  at::Tensor through(const std::vector<Layer>& layers, at::Tensor x, const at::Tensor& positions,
                     const Run& run) const;

  InputLayer embed_;
  Conv1d look_ahead_conv1_;
  Conv1d look_ahead_conv2_;
  std::vector<Layer> layers_;
  Conv1d up_conv_;
  InputLayer up_embed_;
  std::vector<Layer> up_layers_;
  LayerNorm after_norm_;
  std::int64_t width_;
  std::optional<RowConvolutions> rows_;  ///< on a GPU
};

}  // namespace octet::s3gen
