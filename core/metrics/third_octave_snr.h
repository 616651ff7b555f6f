#pragma once

#include <span>
#include <vector>

namespace octet {

/// Signal to difference in one third of an octave.
struct ThirdOctave {
  double centre = 0;  ///< Hz
  double snr = 0;     ///< dB, as signal_to_noise has it
};

/// Bands of base ten, centres 1000 * 10^(n / 10) Hz, edges at 10^(+-1/20) of them (IEC 61260-1), from 100 Hz
/// to 10 kHz or half the sample rate. Those in which the reference lies 60 dB or more under its strongest are
/// left out: what a band holds by leakage alone is no signal. It compares sample by sample: the same noise,
/// source and phase are needed. Signals of different lengths: the common part.
std::vector<ThirdOctave> third_octave_snr(std::span<const float> reference, std::span<const float> test,
                                          int sample_rate);

/// The lowest of them; higher is better. NaN when there is none.
double lowest_third_octave_snr(std::span<const float> reference, std::span<const float> test,
                               int sample_rate);

}  // namespace octet
