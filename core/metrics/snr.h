#pragma once

#include <span>

namespace octet {

/// Signal-to-noise ratios are limited to -200 … 200 dB; two identical signals have this one. (A sound in fp32
/// cannot be nearer than about 150 dB without being the same.)
inline constexpr double kIdenticalSnr = 200;

/// Signal-to-noise ratio in dB, higher is better: 10 log10(sum r^2 / sum (r - t)^2).
/// It compares sample by sample, so it says something only where both runs had the same noise, source and
/// phase. Signals of different lengths: the common part. NaN when that is empty or the reference is silent.
double signal_to_noise(std::span<const float> reference, std::span<const float> test, int sample_rate);

/// The same from 1 to 4 kHz, where hearing is keenest and int8 activations hissed in other ports: the sums
/// run over that part of both spectra. NaN also when the reference has nothing there.
double signal_to_noise_1_to_4_khz(std::span<const float> reference, std::span<const float> test,
                                  int sample_rate);

}  // namespace octet
