#pragma once

#include <span>

namespace octet {

/// Part of the test's samples that are clipped, in percent; lower is better. A sample is where it stands
/// still for four samples or more at 0.98 of full scale or beyond, as core/audio/sound_doubts.h warns of. Of
/// the test's own; the reference says only how much of it counts. NaN when there is none.
double clipping(std::span<const float> reference, std::span<const float> test, int sample_rate);

}  // namespace octet
