#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

namespace octet {

/// Which mel bands, over which spectrum.
struct MelBands {
  int sample_rate = 0;          ///< Hz
  int n_fft = 0;                ///< length of the Fourier transform
  int count = 0;                ///< number of bands
  double f_min = 0;             ///< Hz
  std::optional<double> f_max;  ///< Hz; half the sample rate when absent
};

/// Triangular mel filters [count, n_fft / 2 + 1], fp32, on Slaney's scale and normalized to equal area:
/// librosa.filters.mel with its defaults, computed in fp64 and rounded at the same places.
at::Tensor mel_filterbank(const MelBands& bands);

}  // namespace octet
