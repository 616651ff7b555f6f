#pragma once

#include <span>
#include <vector>

namespace octet {

/// Part of a sound, in seconds from its start.
struct TimeRange {
  double from = 0;
  double to = 0;
};

/// Where a sound pauses, in order: the frames over which noise_floor takes its median, each as the 10 ms
/// around its centre, neighbours joined. Frames of 20 ms (Hann window, every 10 ms). A frame is a pause where
/// it lies at least 30 dB under the level that 5 % of the frames exceed, and is not digital silence (S3Gen's
/// output starts with 20 ms of zeros). A constant is no sound.
std::vector<TimeRange> pauses(std::span<const float> sound, int sample_rate);

}  // namespace octet
