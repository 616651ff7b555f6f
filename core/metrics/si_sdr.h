#pragma once

#include <span>

namespace octet {

/// Scale-invariant signal-to-distortion ratio in dB, higher is better, -200 … 200: the reference at the gain
/// at which it lies nearest to the test, over what remains of the test; both without their means (Le Roux et
/// al., "SDR - half-baked or well done?", 2019; auraloss). A change of loudness costs nothing. It compares
/// sample by sample: the same noise, source and phase are needed. Signals of different lengths: the common
/// part. NaN when that is empty or one of them is silent.
double scale_invariant_sdr(std::span<const float> reference, std::span<const float> test, int sample_rate);

}  // namespace octet
