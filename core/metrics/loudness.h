#pragma once

#include <span>

namespace octet {

/// Integrated loudness of one channel in LUFS (ITU-R BS.1770-4: K-weighting, blocks of 400 ms every 100 ms,
/// gated at -70 LUFS and at 10 LU under their mean). The two filters are the analogue ones of which the
/// recommendation gives the coefficients at 48 kHz, made for `sample_rate`. NaN for less than 400 ms, for
/// rates under 4 kHz, and where no block passes the gates.
double loudness(std::span<const float> sound, int sample_rate);

/// How much louder the test is, in LU; nearer to 0 is better. Signals of different lengths: the common part.
/// NaN where one of the two has no loudness.
double loudness_difference(std::span<const float> reference, std::span<const float> test, int sample_rate);

}  // namespace octet
