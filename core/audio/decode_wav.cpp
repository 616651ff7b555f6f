#include "core/audio/decode_wav.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <istream>

#include "core/audio/sound_limits.h"
#include "core/error.h"

namespace octet {
namespace {

static_assert(std::endian::native == std::endian::little, "samples are read as they lie in the file");

// Format tags of the WAV format chunk.
constexpr std::uint16_t kPcm = 1;
constexpr std::uint16_t kFloat = 3;
constexpr std::uint16_t kExtensible = 0xFFFE;

template <class T>
T read_value(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

struct WavFormat {
  std::uint16_t tag = 0;
  std::uint16_t channels = 0;
  std::uint32_t sample_rate = 0;
  std::uint16_t bits = 0;

  bool readable() const {
    return (tag == kPcm && (bits == 8 || bits == 16 || bits == 24 || bits == 32)) ||
           (tag == kFloat && (bits == 32 || bits == 64));
  }
};

WavFormat parse_format(std::string_view chunk, const std::string& name) {
  const char* fields = chunk.data();
  WavFormat format;
  format.tag = read_value<std::uint16_t>(fields);
  format.channels = read_value<std::uint16_t>(fields + 2);
  format.sample_rate = read_value<std::uint32_t>(fields + 4);
  format.bits = read_value<std::uint16_t>(fields + 14);
  if (format.tag == kExtensible) {
    // The true tag is the first word of the sub-format, when the rest of that GUID is the one for audio tags.
    constexpr std::string_view kAudioTag("\x00\x00\x00\x00\x10\x00\x80\x00\x00\xAA\x00\x38\x9B\x71", 14);
    if (chunk.size() < 40) throw Error(ErrorKind::input, name + ": its WAV format chunk is cut off");
    if (chunk.substr(26, 14) == kAudioTag) format.tag = read_value<std::uint16_t>(fields + 24);
  }
  return format;
}

float to_float(const char* sample, const WavFormat& format) {
  if (format.tag == kFloat) {
    return format.bits == 32 ? read_value<float>(sample) : static_cast<float>(read_value<double>(sample));
  }
  switch (format.bits) {
    case 8: return static_cast<float>(read_value<std::uint8_t>(sample) - 128) / 128.0f;
    case 16: return static_cast<float>(read_value<std::int16_t>(sample)) / 32768.0f;
    case 24: {
      // Into the top three bytes, so that the sign comes out right.
      std::uint32_t high = 0;
      std::memcpy(reinterpret_cast<char*>(&high) + 1, sample, 3);
      return static_cast<float>(static_cast<std::int32_t>(high)) / 2147483648.0f;
    }
    default: return static_cast<float>(read_value<std::int32_t>(sample)) / 2147483648.0f;
  }
}

}  // namespace

Sound decode_wav(std::istream& file, const WavLayout& layout, const std::string& name) {
  const WavFormat format = parse_format(layout.format, name);
  if (!format.readable()) {
    throw Error(
        ErrorKind::input,
        fmt::format("{}: samples of {} bits with format tag {} need libsndfile, which this build lacks", name,
                    format.bits, format.tag),
        "convert it to 16-bit WAV, or build with -DOCTET_WITH_SNDFILE=ON");
  }
  const std::size_t width = format.bits / 8;
  const std::size_t frame_bytes = width * format.channels;
  const std::uint64_t count = layout.data_bytes / frame_bytes * format.channels;
  check_length(count, name);
  Sound sound{static_cast<int>(format.sample_rate), format.channels, {}};
  sound.samples.reserve(count);
  std::vector<char> block(frame_bytes * 4096);
  file.clear();
  file.seekg(static_cast<std::streamoff>(layout.data_begin));
  while (sound.samples.size() < count) {
    const std::size_t wanted = std::min(block.size(), (count - sound.samples.size()) * width);
    if (!file.read(block.data(), static_cast<std::streamsize>(wanted)))
      throw Error(ErrorKind::input, name + ": cannot be read to its end");
    for (std::size_t at = 0; at < wanted; at += width)
      sound.samples.push_back(to_float(block.data() + at, format));
  }
  return sound;
}

}  // namespace octet
