#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

#include "core/audio/sound_file.h"
#include "core/audio/wav_layout.h"

namespace octet {

/// Any sound that libsndfile reads. A RIFF WAVE file is shown to it with a header made anew from `layout`, so
/// that what core/audio/wav_layout.h forgives is right. Throws Error(input) naming the file: no sound, cut
/// off, cannot be, or too long. A compressed file whose end is an estimate may hold less, with a notice.
Sound decode_with_libsndfile(std::istream& file, std::uint64_t file_bytes,
                             const std::optional<WavLayout>& layout, const std::string& name);

}  // namespace octet
