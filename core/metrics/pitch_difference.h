#pragma once

#include <span>

namespace octet {

/// Root mean square of the distance of both pitches (core/metrics/pitch.h) in cents, over the frames that are
/// voiced in both; lower is better. An octave is 1200: one frame whose octave is mistaken weighs as much as a
/// hundred that are 120 cents off. Signals of different lengths: the common part. NaN when no frame is voiced
/// in both.
double pitch_difference(std::span<const float> reference, std::span<const float> test, int sample_rate);

/// Frames that are voiced in one and not in the other, in percent; lower is better. NaN when there is no
/// frame.
double voicing_error(std::span<const float> reference, std::span<const float> test, int sample_rate);

}  // namespace octet
