#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace octet::ui {

/// Extremes and power of any stretch of a sound, in time that hardly depends on its length: what a waveform
/// needs to be drawn at every zoom.
class WaveformPeaks {
 public:
  struct Stretch {
    float lowest = 0, highest = 0;
    float rms = 0;
  };

  explicit WaveformPeaks(std::span<const float> samples);

  /// Of samples [begin, end) of those it was made of, clipped to what there is.
  Stretch of(std::span<const float> samples, std::int64_t begin, std::int64_t end) const;

 private:
  struct Block {
    float lowest, highest;
    double energy;
  };

  std::vector<std::vector<Block>> levels_;  ///< of 64 samples, then 4 times more each
};

}  // namespace octet::ui
