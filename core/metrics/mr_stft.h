#pragma once

#include <span>

namespace octet {

/// Multi-resolution STFT distance (no unit), lower is better, 0 for identical signals: spectral convergence
/// |T - R| / |R| (Frobenius) plus the mean absolute difference of natural-log magnitudes, averaged over three
/// resolutions (FFT 1024, 2048, 512; hop 120, 240, 50; Hann window 600, 1200, 240), whatever the sample rate:
/// auraloss.freq.MultiResolutionSTFTLoss with its defaults (Steinmetz and Reiss 2020; Yamamoto et al. 2020).
/// It does not see phase. Signals of different lengths: the common part. NaN when that has 1024 samples or
/// fewer.
double mr_stft(std::span<const float> reference, std::span<const float> test, int sample_rate);

}  // namespace octet
