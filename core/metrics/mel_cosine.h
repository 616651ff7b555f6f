#pragma once

#include <span>

namespace octet {

/// Cosine between the two log-mel spectrograms, -1 … 1 (in practice 0 … 1), higher is better, 1 for identical
/// signals. The mel is the model's own (24 kHz, 80 bands, see dsp/log_mel.h), counted from its floor
/// log(1e-5), so that silence is zero and pulls neither way; all bands and frames make one vector. Other
/// sample rates are brought to 24 kHz first. It does not see phase. Signals of different lengths: the common
/// part. NaN when that is 30 ms or shorter, or when one is silent.
double mel_cosine(std::span<const float> reference, std::span<const float> test, int sample_rate);

}  // namespace octet
