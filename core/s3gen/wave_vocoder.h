#pragma once

#include <array>
#include <memory>
#include <vector>

#include "core/kernels/captured_graph.h"
#include "core/ops/wave_ops.h"
#include "core/s3gen/harmonic_source.h"
#include "core/s3gen/layers.h"

namespace octet::s3gen {

/// Hift as GPUs like it: rows, two fp16 terms instead of fp32, activations where their values are made, and
/// recorded once for a length. Computes the same function to 1e-5 of the waveform.
class WaveVocoder {
 public:
  /// Longer clips are not recorded, which would keep their memory.
  static constexpr std::int64_t kMostFrames = 1500;
  /// Residual blocks whose mean a stage takes.
  static constexpr std::size_t kBlocks = 3;

  /// The convolutions of a residual block, each before the next in its row: snake, dilated, snake, plain.
  struct ResBlock {
    struct Unit {
      at::Tensor alpha1;  ///< fp32 [channels]
      WaveConvolution conv1;
      at::Tensor alpha2;
      WaveConvolution conv2;
    };
    std::vector<Unit> units;
  };
  struct Stage {
    WaveConvolution up;
    WaveConvolution source_down;
    ConvShape source_shape;
    std::int64_t source_taps;
    ResBlock source_block;
    std::array<ResBlock, kBlocks> blocks;
    at::Tensor alphas;  ///< of the blocks' first snakes, fp32 [3, channels]
  };
  struct Parts {
    std::vector<WaveConvolution> f0_convs;
    at::Tensor f0_weight;  ///< fp32 [1, channels]
    at::Tensor f0_bias;
    at::Tensor source_weight;  ///< fp32 [waves]
    at::Tensor source_bias;
    WaveConvolution conv_pre;
    std::vector<Stage> stages;
    WaveConvolution conv_post;
  };

  WaveVocoder(Parts parts, std::shared_ptr<GraphCache> graphs);
  ~WaveVocoder();

  /// As F0Predictor.
  at::Tensor f0(const at::Tensor& mel) const;
  /// As HarmonicSource.
  at::Tensor source(const at::Tensor& f0, const SourceNoise& noise) const;
  /// As Hift::decode.
  at::Tensor decode(const at::Tensor& mel, const at::Tensor& source) const;

 private:
  struct Recorded;
  at::Tensor compose(const at::Tensor& mel_rows, const at::Tensor& source) const;

  Parts parts_;
  std::shared_ptr<GraphCache> graphs_;
};

}  // namespace octet::s3gen
