#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace octet {

/// How a test signal lies against its reference.
struct Alignment {
  std::int64_t lag = 0;    ///< samples the test is late; negative when it is early
  bool inverted = false;   ///< its polarity is the other one
  double correlation = 0;  ///< 0 … 1, of the common part at that lag and polarity, means taken off
};

/// Where, within two seconds either way, the test signal is the reference shifted or inverted, which measures
/// that go sample by sample take for noise: the largest cross-correlation in magnitude. Nothing when the
/// signals lie right as they are, or are nowhere alike: what the correlation there leaves unexplained
/// (1 - c^2) must be half of what it leaves as they lie, or less, so that it is 0.7 at the least.
std::optional<Alignment> find_alignment(std::span<const float> reference, std::span<const float> test,
                                        int sample_rate);

}  // namespace octet
