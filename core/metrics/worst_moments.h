#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace octet {

/// A place worth listening to.
struct Moment {
  double seconds = 0;  ///< middle of the window that differs
  double score = 0;    ///< dB, see worst_moments
};

/// The places where the test signal differs most audibly from the reference, worst first, at most `count`,
/// 0.25 s or more apart; places without a difference are none. In windows of 60 ms (Hann, every 15 ms) the
/// score is the distance of the two 40-band mel spectra in dB (root mean square over bands), times a weight
/// for the level. Bands more than 40 dB under the window's loudest count as that: they are masked. The weight
/// falls from 1, at the level that 5 % of the reference's windows exceed and above, to 0 at 60 dB under it;
/// the louder of the two signals decides. It does not see phase, so it also serves runs with other noise.
/// Signals of different lengths: the common part. Empty when that is shorter than a window or the reference
/// silent.
std::vector<Moment> worst_moments(std::span<const float> reference, std::span<const float> test,
                                  int sample_rate, std::size_t count);

}  // namespace octet
