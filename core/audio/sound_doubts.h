#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/audio/sound_file.h"

namespace octet {

/// What about a sound makes it doubtful that figures and voices made from it mean anything: a sentence each
/// that begins with `name`, none for an ordinary recording. In words of full scale (1.0, 0 dBFS):
/// - silent, or constant; nearly silent (no sample over -60 dBFS once the mean is taken off);
/// - beyond full scale by 12 dB and more, as integers are that were kept as floats;
/// - clipped: over 0.05 % of the samples in runs of four or more that stand still at 98 % of full scale or
/// more;
/// - a constant in it (DC) of 1 % of full scale or more, and of half the level of the rest or more;
/// - channels that cancel each other: their mean, which is what Octet hears, lies 20 dB or more under them.
std::vector<std::string> doubts(const Sound& sound, const std::string& name);

/// The part of one channel's samples that are clipped, in the same sense.
double clipped_share(std::span<const float> samples);

}  // namespace octet
