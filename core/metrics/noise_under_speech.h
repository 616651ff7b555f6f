#pragma once

#include <span>

namespace octet {

/// Level of what the test adds to the reference while that speaks, in dB of the root mean square where 1.0 is
/// 0 dB; lower is better, at least -140. Pauses say nothing of it: noise that follows speech is silent there.
/// Over the frames of core/metrics/pauses.h that are neither pauses nor digital silence. It compares sample
/// by sample: the same noise, source and phase are needed. Signals of different lengths: the common part. NaN
/// when no frame speaks.
double noise_under_speech(std::span<const float> reference, std::span<const float> test, int sample_rate);

}  // namespace octet
