#pragma once

#include <optional>
#include <span>
#include <vector>

namespace octet::ui {

/// How loud a mono sound is.
struct Level {
  std::optional<double> lufs;  ///< integrated, EBU R128; none for sound under 400 ms or all below -70 LUFS
  double rms = 0;              ///< linear
  double peak = 0;             ///< linear, of the samples
};

Level level_of(std::span<const float> samples, int sample_rate);

/// Linear factors that make every sound as loud as the first: by LUFS where all have one, else by RMS.
/// Nothing is lifted by more than 20 dB. Where a factor would clip its sound, all are lowered together, so
/// that they still match. A silent sound stays as it is.
std::vector<double> matching_gains(std::span<const Level> levels);

}  // namespace octet::ui
