#pragma once

#include <span>
#include <vector>

#include "core/audio/frequency_band.h"

namespace octet {

/// Level of the test signal in the pauses of the reference, in dB of the root mean square where 1.0 is 0 dB
/// (a full-scale sine: -3.01 dB); lower is better.
/// Frames and pauses are those of core/metrics/pauses.h. The level is the median over these frames of the
/// power in the band, so that word ends do not decide; levels under -140 dB count as that. Signals of
/// different lengths: the common part. NaN when the reference has fewer than five such frames, or the band
/// lies above half the sample rate.
double noise_floor(std::span<const float> reference, std::span<const float> test, int sample_rate,
                   FrequencyBand band);

/// How far the test signal's noise floor lies above the reference's own, in dB; lower is better, 0 for
/// identical signals.
double noise_floor_rise(std::span<const float> reference, std::span<const float> test, int sample_rate,
                        FrequencyBand band);

/// The bands a noise floor is shown in: 0.1-1, 1-4, 4-8 and 8-12 kHz.
std::span<const FrequencyBand> noise_floor_bands();

/// The noise floor of each band, in one pass over the signals.
std::vector<double> noise_floors(std::span<const float> reference, std::span<const float> test,
                                 int sample_rate, std::span<const FrequencyBand> bands);

}  // namespace octet
