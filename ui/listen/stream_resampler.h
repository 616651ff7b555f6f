#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

namespace octet::ui {

/// Changes the rate of endless sound as it is pulled, block by block, on a sound card's thread: by libsoxr at
/// its high quality (20 bit), which passes nine tenths of the band and delays nothing. `pull` does not lock,
/// and allocates only while its buffers grow to the blocks that are asked for.
class StreamResampler {
 public:
  /// Asks for the next samples at the source's rate.
  using Source = std::function<void(std::span<float>)>;

  /// Rates in Hz.
  StreamResampler(int from_rate, int to_rate, Source source);
  ~StreamResampler();

  void pull(std::span<float> out);

  /// How many samples the source was asked for ahead of those that were put out.
  std::int64_t ahead() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// All of `samples` at another rate, aligned with what was there.
std::vector<float> resampled(std::span<const float> samples, int from_rate, int to_rate);

}  // namespace octet::ui
