#pragma once

#include <span>

namespace octet {

/// Mean of the test (DC) in percent of full scale, with its sign; nearer to 0 is better. Of the test's own;
/// the reference says only how much of it counts. NaN when there is none.
double constant_offset(std::span<const float> reference, std::span<const float> test, int sample_rate);

}  // namespace octet
