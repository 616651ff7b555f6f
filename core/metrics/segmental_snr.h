#pragma once

#include <span>

namespace octet {

/// Segmental signal-to-noise ratio in dB, higher is better: the mean over frames of 30 ms (Hann window, every
/// 7.5 ms) of each frame's ratio, limited to -10 … 35 dB (Hansen and Pellom 1998; Loizou, Speech Enhancement,
/// 2013). Frames more than 40 dB below the loudest are left out: in them the limits would decide.
/// It compares sample by sample: the same noise, source and phase are needed. Identical signals have 35 dB.
/// Signals of different lengths: the common part. NaN when that is shorter than a frame or the reference
/// silent.
double segmental_snr(std::span<const float> reference, std::span<const float> test, int sample_rate);

}  // namespace octet
