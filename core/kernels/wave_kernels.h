#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>

namespace octet {

// CUDA kernels of the vocoder, over rows [rows, channels] whose channels lie side by side in memory. Values
// are fp32 or two fp16 terms, whose sum has 22 bits; products run on tensor cores with sums in fp32, from
// compute capability 8.0 on.

/// Whether the kernels run on this GPU.
bool wave_kernels_run_on(at::Device device);

/// high + low, fp16; each value's rest is below 2^-22 of it (or 2^-25 where it is tiny). Values beyond 65,504
/// are lost.
struct TwoTerms {
  at::Tensor high;
  at::Tensor low;
};

enum class WaveActivation { none, snake, leaky_relu, elu };

struct WaveConvolutionRequest {
  TwoTerms x;             ///< [rows, channels], channels a multiple of 8; rows may overlap
  at::Tensor weight;      ///< fp16 [width, taps * channels], width a multiple of 8
  at::Tensor weight_low;  ///< what `weight` was rounded by; undefined where by nothing
  at::Tensor scale;       ///< fp32 [width], of the weights
  at::Tensor bias;        ///< fp32 [width]
  std::int64_t dilation = 1;
  std::int64_t lead = 0;  ///< rows before its own that a row sees; those outside count as 0
  at::Tensor residual;    ///< fp32 [rows, width], added; or undefined
  at::Tensor sum;         ///< fp32 [rows, width]: what comes of it; may be undefined, and the residual itself
  WaveActivation activation = WaveActivation::none;
  at::Tensor alpha;  ///< of snake, fp32 [width]
  double slope = 0;  ///< of leaky_relu
  TwoTerms result;   ///< the activation of `sum`; or undefined
};
void wave_convolution_cuda(const WaveConvolutionRequest& request);

/// sum = up + side, row by row, and its snakes. up: fp32 [rows - shifted, channels], one row later where
/// `shifted`, the first row then being its second (reflection); side, sum: fp32 [rows, channels]; alphas:
/// fp32 [3, channels].
void wave_merge_cuda(const at::Tensor& up, const at::Tensor& side, const at::Tensor& alphas,
                     const at::Tensor& sum, const std::array<TwoTerms, 3>& snakes);

/// result = leaky_relu(mean of the parts, slope), in two terms; one part: of it. All contiguous, fp32.
void wave_mean_cuda(const std::array<at::Tensor, 3>& parts, double slope, const TwoTerms& result);

/// Spectrum of 16 samples every 4, Hann window, reflected ends: rows of 9 real and 9 imaginary parts, then 6
/// zeros. wave: fp32 [samples]; result: [samples / 4 + 1, 24].
void wave_spectrum_cuda(const at::Tensor& wave, const TwoTerms& result);

/// The wave of such rows, where they hold log magnitudes (cut at 100) and what the phase is the sine of;
/// within
/// +-0.99. spectrum: fp32 [samples / 4 + 1, 24]; frames: fp32 [samples / 4 + 1, 16], for what is between;
/// wave: fp32 [samples].
void wave_from_spectrum_cuda(const at::Tensor& spectrum, const at::Tensor& frames, const at::Tensor& wave);

struct WaveSourceRequest {
  at::Tensor f0;  ///< Hz, fp32 [frames]
  at::Tensor
      starts;  ///< cycles of each wave at the frames' beginnings, without whole ones: fp32 [waves, frames]
  at::Tensor phase;   ///< fp32 [waves]
  at::Tensor noise;   ///< fp32 [waves, samples]
  at::Tensor weight;  ///< fp32 [waves]
  at::Tensor bias;    ///< fp32 [1]
  at::Tensor out;     ///< fp32 [samples]
};
/// Harmonics and noise as s3gen/harmonic_source.h describes them.
void wave_source_cuda(const WaveSourceRequest& request);

}  // namespace octet
