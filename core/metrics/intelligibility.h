#pragma once

#include <span>

namespace octet {

/// Short-time objective intelligibility, -1 ... 1, higher is better (Taal et al. 2011; as pystoi 0.4):
/// envelopes of 15 third octaves from 150 Hz at 10 kHz, over 30 frames of 25.6 ms, scaled, clipped at -15 dB
/// and correlated. Frames 40 dB under the reference's loudest are left out. Signals of different lengths: the
/// common part. NaN when fewer than 30 frames are left.
double stoi(std::span<const float> reference, std::span<const float> test, int sample_rate);

/// The extended one (Jensen and Taal 2016), which also hears noise that comes and goes: the same envelopes,
/// normalized over time and over bands.
double extended_stoi(std::span<const float> reference, std::span<const float> test, int sample_rate);

}  // namespace octet
