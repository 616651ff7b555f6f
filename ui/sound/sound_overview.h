#pragma once

#include <vector>

#include "ui/sound/loudness.h"
#include "ui/sound/waveform_peaks.h"

namespace octet::ui {

/// What is costly to know of a sound that is listened to, and so made on a lane: 20 ms for a minute of it.
struct SoundOverview {
  SoundOverview(const std::vector<float>& samples, int sample_rate)
      : peaks(samples), level(level_of(samples, sample_rate)) {}

  WaveformPeaks peaks;
  Level level;
};

}  // namespace octet::ui
