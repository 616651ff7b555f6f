#pragma once

#include <filesystem>

#include "core/dsp/spectrogram.h"

namespace octet::ui {

/// Writes a row for each frame: its time, then the level at each bin. The first row names time and
/// frequencies with their units; `quantity` ("A dB", "B-A dB") says what the levels are. Atomic. Throws
/// Error(output) naming the path, Error(cancelled).
void write_csv(const Spectrogram& spectrogram, const std::string& quantity, const std::filesystem::path& path,
               const JobControl& control);

}  // namespace octet::ui
