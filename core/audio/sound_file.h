#pragma once

#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

namespace octet {

/// Sound in memory: what a sound file holds.
struct Sound {
  int sample_rate = 0;  ///< Hz
  int channels = 1;
  std::vector<float> samples;  ///< interleaved [frames, channels]; full scale is -1 … 1, floats may exceed it
  std::vector<std::string> notices = {};  ///< what reading it made of a damaged file, a sentence each

  std::size_t frames() const { return samples.size() / static_cast<std::size_t>(channels); }
  double seconds() const { return static_cast<double>(frames()) / sample_rate; }
};

/// How samples lie in a WAV file. float32 loses nothing, so that two runs can be compared bit by bit.
enum class SampleFormat { float32, pcm16 };

/// Reads a whole sound file, or what comes through a named pipe: all that libsndfile reads (WAV, RF64, W64,
/// FLAC, OGG, Opus, MP3, AIFF, CAF, AU …), by content, whatever the name ends with. WAV headers that do not
/// fit their file are forgiven as core/audio/wav_layout.h says, with a notice. Builds without libsndfile read
/// WAV with integers of 8 to 32 bits and floats. Integers are divided by 2^(bits - 1). Throws Error(input)
/// naming the file: missing, not a sound (and then what it is), empty, cut off before the end its header
/// promises, a sample that is not finite (the first is named), or over 2^29 samples.
Sound read_sound(const std::filesystem::path& path);

/// The same from bytes that can be sought in. `name` is what messages call them.
Sound read_sound(std::istream& bytes, const std::string& name);

/// Writes a WAV file atomically. Octet writes its header itself, in every build: the same sound gives the
/// same bytes. With pcm16, samples are multiplied by 32768, rounded half to even and clipped, so that 16-bit
/// sound comes back unchanged. Throws Error(output) naming the file: cannot be written, or longer than a WAV
/// file can be (4 GiB).
void write_wav(const std::filesystem::path& path, const Sound& sound,
               SampleFormat format = SampleFormat::float32);

/// One channel: the mean of all of them.
Sound mono(const Sound& sound);

}  // namespace octet
