#pragma once

#include <span>

namespace octet {

/// Log-spectral distance in dB, lower is better, 0 for identical signals: the root mean square over frequency
/// of the difference of the two power spectra in dB, averaged over frames. Frames of 2048 samples at 48 kHz
/// (scaled with the rate), Hann window, every 10 ms, centred. (The super-resolution literature, e.g. NVSR,
/// leaves out the factor 10 of dB.) Bins under -120 dB of a full-scale sine, about what 16-bit rounding
/// leaves, count as that, so digital silence is finite. It does not see phase. Signals of different lengths:
/// the common part. NaN when that is shorter than half a frame.
double log_spectral_distance(std::span<const float> reference, std::span<const float> test, int sample_rate);

}  // namespace octet
