#pragma once

#include <span>

namespace octet {

/// How much louder the test signal is, in dB of the root mean square; nearer to 0 is better.
/// Signals of different lengths: the common part. NaN when that is empty or one of them is silent.
double level_difference(std::span<const float> reference, std::span<const float> test, int sample_rate);

}  // namespace octet
