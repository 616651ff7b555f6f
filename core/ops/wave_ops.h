#pragma once

#include <ATen/core/Tensor.h>

#include "core/kernels/wave_kernels.h"
#include "core/ops/layer_ops.h"
#include "core/tensor/weight.h"

namespace octet {

/// How a row of results ends.
struct WaveFinish {
  at::Tensor residual = {};  ///< fp32 [rows, width], added
  WaveActivation activation = WaveActivation::none;
  at::Tensor alpha = {};
  double slope = 0;
};

/// A convolution of the vocoder, prepared once for tensor cores: weights in one fp16 term where that is exact
/// (int8, fp16 and bf16 weights), else in two, scaled per output by powers of two. Its error is that of fp32
/// (docs/benchmarks.md).
class WaveConvolution {
 public:
  /// As F.conv1d. With a stride other than 1 the taps count as channels: the caller gives rows that overlap.
  static WaveConvolution plain(const Weight& weight, const Bias& bias, const ConvShape& shape);
  /// As F.conv_transpose1d with a kernel of at most three strides: `stride` rows of results lie in one.
  static WaveConvolution transposed(const Weight& weight, const Bias& bias, const ConvShape& shape);

  /// [rows, channels] -> fp32 [rows, width]
  at::Tensor sum(const TwoTerms& x, const WaveFinish& finish = {}) const;
  /// The activation of that alone.
  TwoTerms activated(const TwoTerms& x, const WaveFinish& finish) const;
  /// Both.
  std::pair<at::Tensor, TwoTerms> both(const TwoTerms& x, const WaveFinish& finish) const;

  std::int64_t width() const { return weight_.size(0); }

 private:
  WaveConvolution(const at::Tensor& matrix, const at::Tensor& scale, const Bias& bias);
  /// Has its weights replaced where another one takes the place of the first.
  void follow(const std::shared_ptr<WeightSlot>& slot,
              const std::function<WaveConvolution(const Weight&)>& make);
  WaveConvolutionRequest request(const TwoTerms& x, const WaveFinish& finish) const;

  at::Tensor weight_;
  at::Tensor weight_low_;
  at::Tensor scale_;
  at::Tensor bias_;
  std::int64_t dilation_ = 1;
  std::int64_t lead_ = 0;
};

/// Room for `rows` rows of two terms.
TwoTerms empty_terms(std::int64_t rows, std::int64_t channels, at::Device device);
/// fp32 in two terms.
TwoTerms terms_of(const at::Tensor& x);

}  // namespace octet
