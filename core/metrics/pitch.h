#pragma once

#include <span>
#include <vector>

namespace octet {

/// Fundamental frequency of speech every 10 ms, in Hz; 0 where it is not voiced. YIN (de Cheveigne and
/// Kawahara 2002), 50 to 600 Hz: the first dip of the normalized difference under 0.15, parabolic between
/// samples, over windows of 20 ms and the longest period. What lies 50 dB or more under the loudest window is
/// not voiced. Empty when the sound is shorter than one window, or its rate under 2400 Hz.
std::vector<double> pitch(std::span<const float> sound, int sample_rate);

}  // namespace octet
