#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace octet {

/// What weights lose where they are stored in fewer bits.
struct WeightError {
  double signal = 0;  ///< sum of squares of the folded fp32 weight
  double noise = 0;   ///< and of what is stored less it
  /// Signal-to-noise ratio, in dB: infinity where nothing is lost.
  double decibels() const;
};

/// One output channel of a weight.
struct ChannelProfile {
  float largest = 0;  ///< of its exact |weights|
  float scale = 0;    ///< a step of its integers, the largest of its groups; 0 where it has none
  WeightError error;
};

/// How often values fall into each of `kBins` equally wide ones over [-limit, limit].
struct WeightHistogram {
  /// A third of the levels of int8: one that has all of them fills each bin with three.
  static constexpr std::size_t kBins = 85;
  float limit = 0;
  std::vector<std::int64_t> exact, stored;
};

/// What a weight is like, exact and as it is stored.
struct WeightProfile {
  WeightHistogram histogram;
  std::vector<ChannelProfile> channels;
  WeightError error;
};

/// `exact` and `stored`: the same weight, in row-major order, finite; element i is of output channel
/// (i / inner) % channels. `scales`: one a channel, or none.
WeightProfile profile_weight(std::span<const float> exact, std::span<const float> stored,
                             std::size_t channels, std::size_t inner, std::span<const float> scales);

/// Channels by signal-to-noise ratio, worst first, at most `count`; those that lose nothing are not among
/// them.
std::vector<std::size_t> worst_channels(const WeightProfile& profile, std::size_t count);

/// So many times the median makes a range stand out: 9.5 dB, of int8 one and a half bits.
inline constexpr float kStandsOut = 3;

/// Channels whose largest weight stands out, as standing_out has it.
std::vector<std::size_t> outlying_channels(const WeightProfile& profile);

/// Those whose values are more than `kStandsOut` times the median of all that are not 0; largest first.
std::vector<std::size_t> standing_out(std::span<const float> values);

}  // namespace octet
