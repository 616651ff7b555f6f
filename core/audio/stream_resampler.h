#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace octet {

/// Changes the rate of endless sound as it is pulled, block by block, on a sound card's thread: `pull`
/// neither locks nor allocates. Kaiser-windowed sinc, exact ratio; what would alias lies 80 dB lower.
class StreamResampler {
 public:
  /// Asks for the next samples at the source's rate.
  using Source = std::function<void(std::span<float>)>;

  /// Rates in Hz.
  StreamResampler(int from_rate, int to_rate, Source source);

  void pull(std::span<float> out);

  /// How many samples the source is asked for ahead of those that are put out.
  int ahead() const { return taps_ / 2 + 1; }

 private:
  int up_, down_;              ///< the ratio in lowest terms
  int taps_;                   ///< per output sample
  std::vector<float> phases_;  ///< [up, taps]
  std::vector<float> past_;    ///< the last `taps` samples, twice in a row so that they can be read in one go
  int newest_ = 0;             ///< where in `past_` the next one is written
  int phase_ = 0;
  Source source_;
};

/// All of `samples` at another rate, aligned with what was there.
std::vector<float> resampled(std::span<const float> samples, int from_rate, int to_rate);

}  // namespace octet
