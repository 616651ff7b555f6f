#pragma once

#include <span>

namespace octet {

/// Mean distance of the natural logarithms of 80 mel bands, those the model predicts (core/dsp/log_mel.h,
/// both at 24 kHz): the loss that vocoders are trained by; lower is better. Signals of different lengths: the
/// common part. NaN when that is 30 ms or shorter.
double mel_l1(std::span<const float> reference, std::span<const float> test, int sample_rate);

/// Mel-cepstral distortion in dB, lower is better: (10 / ln 10) sqrt(2 sum over 1 ... 13 of squared
/// differences) of the cepstra of the same bands, mean over frames (Kubichek 1993; c0, the level, is left
/// out). The cepstrum is c_m = (2 / 80) sum of ln(band k) cos(pi m (k + 1/2) / 80); frames are compared as
/// they lie, without time warping, since both signals say the same tokens. Signals of different lengths: the
/// common part. NaN when that is 30 ms or shorter.
double mel_cepstral_distortion(std::span<const float> reference, std::span<const float> test,
                               int sample_rate);

}  // namespace octet
