#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace octet::ui {

/// Extremes and power of any stretch of a sound, in time that hardly depends on its length: what a waveform
/// needs to be drawn at every zoom. It refers to the samples it was made of.
class WaveformPeaks {
 public:
  struct Stretch {
    float lowest = 0, highest = 0;
    float rms = 0;
  };

  WaveformPeaks() = default;
  explicit WaveformPeaks(std::span<const float> samples);

  /// Of samples [begin, end), clipped to those there are.
  Stretch of(std::int64_t begin, std::int64_t end) const;

  std::span<const float> samples() const { return samples_; }

 private:
  struct Block {
    float lowest, highest;
    double energy;
  };

  std::span<const float> samples_;
  std::vector<std::vector<Block>> levels_;  ///< of 64 samples, then 4 times more each
};

}  // namespace octet::ui
