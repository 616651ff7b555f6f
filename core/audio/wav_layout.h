#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace octet {

/// Where the samples of a RIFF WAVE file lie, and what was made of a header that does not fit its file.
struct WavLayout {
  std::string format;            ///< content of the chunk "fmt ", 16 bytes at least
  std::uint64_t data_begin = 0;  ///< in bytes from the start of the file
  std::uint64_t data_bytes = 0;
  std::vector<std::string> notices = {};  ///< a sentence each, naming the file
};

/// Whether a file that begins so is RIFF WAVE: RIFF, or RF64 and BW64 with their 64-bit lengths.
bool is_riff_wave(std::string_view head);

/// Walks the chunks of a RIFF WAVE file (Multimedia Programming Interface and Data Specifications 1.0; RF64
/// and BW64: EBU Tech 3306, ITU-R BS.2088), as lenient as files in the wild ask for:
/// - A length of samples that was never filled in (0 with samples behind it; 0x7FFF0000 and more, of which
/// the
///   file holds less) means the rest of the file: a recorder was stopped, or a program wrote into a pipe.
/// - A length that promises up to 1 KiB too much means the rest of the file. Promises beyond that are
/// refused:
///   such a file is not complete.
/// - Chunks of odd length are followed by a padding byte, or not.
/// The first two leave a notice. Throws Error(input) naming the file, also for channels and rates that cannot
/// be.
WavLayout find_wav_samples(std::istream& file, std::uint64_t file_bytes, const std::string& name);

}  // namespace octet
