#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/progress.h"

namespace octet {

struct SpectrogramSettings {
  int n_fft = 1024;  ///< samples of a Hann window and of its transform
  int hop = 240;     ///< samples between frames: 10 ms at 24 kHz
  /// Levels below this count as this, so that a difference of two silences is 0 and not that of their
  /// rounding. White noise reads 22 dB under its RMS level: what rounding to 16 bits leaves (-101 dB) lies 23
  /// dB below.
  float floor_db = -100;
};

/// Levels over time and frequency, in dB where a sine of amplitude 1 at a bin's frequency reads 0 dB.
/// Frame t is centred on t * seconds_per_frame; bin k on k * hz_per_bin.
struct Spectrogram {
  std::vector<float> db;  ///< [frames, bins]
  int bins = 0;
  int frames = 0;
  double seconds_per_frame = 0;
  double hz_per_bin = 0;

  /// The levels of one frame [bins].
  std::span<const float> frame(int index) const {
    return std::span(db).subspan(static_cast<std::size_t>(index) * static_cast<std::size_t>(bins),
                                 static_cast<std::size_t>(bins));
  }
};

/// The spectrogram of a sound of any length, zeros before and behind it; no frames for no samples. Memory
/// beside the result does not grow with length. Throws Error(cancelled) when `control` says so.
Spectrogram spectrogram(std::span<const float> sound, int sample_rate,
                        const SpectrogramSettings& settings = {}, const JobControl& control = {});

/// test - reference in dB over the frames both have. Throws Error(usage) when their frames or bins differ in
/// width.
Spectrogram difference(const Spectrogram& reference, const Spectrogram& test);

/// The level at the nearest frame and bin; empty outside of the sound or above half the sample rate.
std::optional<float> level_at(const Spectrogram& spectrogram, double seconds, double hz);

}  // namespace octet
