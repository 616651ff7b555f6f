#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/audio/frequency_band.h"

namespace octet {

/// Taps of a band pass of linear phase: symmetric, an odd number, so that what is filtered lies where it was,
/// to the sample. A windowed sinc (Blackman, 513 taps: at 24 kHz edges are 260 Hz wide, and beyond them 70 dB
/// are gone).
std::vector<float> band_pass(const FrequencyBand& band, int sample_rate);

/// One sample of `sound` through symmetric taps, the middle one on `position`; beyond the sound are zeros.
float filtered(std::span<const float> sound, std::span<const float> taps, std::int64_t position) noexcept;

}  // namespace octet
