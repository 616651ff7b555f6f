#pragma once

#include <memory>
#include <vector>

#include "core/dsp/kaldi_fbank.h"
#include "core/s3gen/layers.h"
#include "core/s3gen/row_speaker.h"

namespace octet::s3gen {

/// CAMPPlus, the speaker encoder (chatterbox xvector.py, from 3D-Speaker).
class Campplus {
 public:
  static constexpr std::int64_t kSegment = 100;  ///< frames that share one context vector

  /// `scope` is "speaker_encoder".
  explicit Campplus(const Scope& scope);

  /// wave: fp32 [1, samples] at 16 kHz, at least one 25 ms frame. Returns the raw embedding, fp32 [1, width].
  at::Tensor operator()(const at::Tensor& wave, const Run& run) const;

  /// What it hears of such a wave: fp32 [frames, mels], their mean removed.
  at::Tensor features(const at::Tensor& wave) const;
  /// Its form for GPUs; none on the CPU, or for layers wider than upstream's.
  const RowSpeaker* rows() const { return rows_.get(); }

 private:
  struct ResidualBlock {
    ResidualBlock(const Scope& scope, std::int64_t row_stride);
    at::Tensor operator()(const at::Tensor& x, const Run& run) const;

    Conv2d conv1;
    BatchNorm norm1;
    Conv2d conv2;
    BatchNorm norm2;
    std::optional<Conv2d> shortcut;
    std::optional<BatchNorm> shortcut_norm;
  };

  /// Context-aware masking over a densely connected TDNN layer.
  struct DenseLayer {
    DenseLayer(const Scope& scope, std::int64_t dilation);
    at::Tensor operator()(const at::Tensor& x, const Run& run) const;

    BatchNorm norm1;
    Conv1d linear1;
    BatchNorm norm2;
    Conv1d local;
    Conv1d context1;
    Conv1d context2;
  };

  struct DenseBlock {
    DenseBlock(const Scope& xvector, int number, std::int64_t dilation);
    at::Tensor operator()(at::Tensor x, const Run& run) const;

    std::vector<DenseLayer> layers;
    BatchNorm transit_norm;
    Conv1d transit;
  };

  KaldiFbank fbank_;
  at::ScalarType activations_;
  Conv2d head_conv1_;
  BatchNorm head_norm1_;
  std::vector<ResidualBlock> head_blocks_;
  Conv2d head_conv2_;
  BatchNorm head_norm2_;
  Conv1d tdnn_;
  BatchNorm tdnn_norm_;
  std::vector<DenseBlock> blocks_;
  BatchNorm out_norm_;
  Conv1d dense_;
  BatchNorm dense_norm_;
  std::unique_ptr<const RowSpeaker> rows_;
};

}  // namespace octet::s3gen
