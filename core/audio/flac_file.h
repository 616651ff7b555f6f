#pragma once

#include <filesystem>

#include "core/audio/sound_file.h"

namespace octet {

/// Writes a FLAC file atomically: 24 bits a sample, full scale ±1, clipped beyond. Throws Error(output)
/// naming the file: it cannot be written, or this build has no libsndfile.
void write_flac(const std::filesystem::path& path, const Sound& sound);

}  // namespace octet
