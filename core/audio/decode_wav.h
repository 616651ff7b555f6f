#pragma once

#include <iosfwd>
#include <string>

#include "core/audio/sound_file.h"
#include "core/audio/wav_layout.h"

namespace octet {

/// The samples of a RIFF WAVE file, for builds without libsndfile: integers of 8 to 32 bits, floats of 32 and
/// 64 bits, also as WAVE_FORMAT_EXTENSIBLE. Throws Error(input) naming the file for another encoding, for
/// channels or rates that cannot be, and for what is too long.
Sound decode_wav(std::istream& file, const WavLayout& layout, const std::string& name);

}  // namespace octet
