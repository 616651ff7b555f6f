#pragma once

#include <span>
#include <vector>

namespace octet {

/// Speech at another speed, 0.5 … 2, at the same pitch: WSOLA (Verhelst and Roelands, "An overlap-add
/// technique based on waveform similarity (WSOLA) for high quality time-scale modification of speech", ICASSP
/// 1993), in windows of 40 ms that overlap by half, each looked for within 10 ms by normalized correlation.
/// Gives round(samples / speed) samples.
std::vector<float> stretch_time(std::span<const float> samples, int sample_rate, double speed);

}  // namespace octet
