#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace octet {

/// Resamples [..., samples] from one rate to another, as torchaudio.transforms.Resample does with its
/// defaults (sinc_interp_hann, lowpass_filter_width 6, rolloff 0.99; filter computed in fp64 and kept in
/// fp32), which upstream uses for reference and source sound. Made once for two rates and a device. On a GPU
/// the sums are those of a product of matrices: the same to rounding.
class Resampler {
 public:
  /// Throws Error(input) when the two rates share so small a divisor that the filter would not fit.
  Resampler(int from_rate, int to_rate, at::Device device);

  /// fp32 on the device -> [..., ceil(samples * to / from)], fp32.
  at::Tensor operator()(const at::Tensor& waveform) const;
  /// Bytes that its filters take.
  std::uint64_t bytes() const { return filters_.defined() ? filters_.nbytes() : 0; }

 private:
  int from_;  ///< both without their common divisor
  int to_;
  std::int64_t width_ = 0;
  at::Tensor filters_;  ///< [to, 1, 2 * width + from]; undefined where the rates are the same
};

/// The same for once.
at::Tensor resample(const at::Tensor& waveform, int from_rate, int to_rate);

}  // namespace octet
