#include "core/audio/sound_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/atomic_file.h"
#include "core/error.h"
#ifdef OCTET_WITH_SNDFILE
#include <sndfile.h>

#include <memory>
#endif

namespace octet {
namespace {

namespace fs = std::filesystem;
static_assert(std::endian::native == std::endian::little, "WAV samples are read as they lie in the file");

constexpr std::size_t kMaxSamples = std::size_t{1} << 29;  // 2 GiB of floats, three hours of mono at 48 kHz
constexpr int kMaxChannels = 64;
constexpr int kMaxRate = 768000;

// Format tags of the WAV format chunk.
constexpr std::uint16_t kPcm = 1;
constexpr std::uint16_t kFloat = 3;
constexpr std::uint16_t kExtensible = 0xFFFE;

[[noreturn]] void refuse(const fs::path& path, const std::string& why, const std::string& hint = {}) {
  throw Error(ErrorKind::input, fmt::format("{}: {}", path.string(), why), hint);
}

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

WavFormat parse_format(const fs::path& path, std::string_view chunk) {
  if (chunk.size() < 16) refuse(path, "its WAV format chunk is cut off");
  WavFormat format;
  format.tag = read_value<std::uint16_t>(chunk.data());
  format.channels = read_value<std::uint16_t>(chunk.data() + 2);
  format.sample_rate = read_value<std::uint32_t>(chunk.data() + 4);
  format.bits = read_value<std::uint16_t>(chunk.data() + 14);
  if (format.tag == kExtensible) {
    // The true tag is the first word of the sub-format, when the rest of that GUID is the one for audio tags.
    constexpr std::string_view kAudioTag("\x00\x00\x00\x00\x10\x00\x80\x00\x00\xAA\x00\x38\x9B\x71", 14);
    if (chunk.size() < 40) refuse(path, "its WAV format chunk is cut off");
    if (chunk.substr(26, 14) == kAudioTag) format.tag = read_value<std::uint16_t>(chunk.data() + 24);
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

void check_layout(const fs::path& path, long long channels, long long rate) {
  if (channels < 1 || channels > kMaxChannels)
    refuse(path, fmt::format("it says it has {} channels", channels));
  if (rate < 1 || rate > kMaxRate) refuse(path, fmt::format("it says its sample rate is {} Hz", rate));
}

[[noreturn]] void refuse_length(const fs::path& path) {
  refuse(path, fmt::format("it holds more than {} samples", kMaxSamples), "cut it into shorter files");
}

Sound read_samples(const fs::path& path, std::ifstream& file, const WavFormat& format, std::uint64_t bytes) {
  check_layout(path, format.channels, format.sample_rate);
  const std::size_t width = format.bits / 8;
  const std::size_t frame_bytes = width * format.channels;
  const std::size_t count = bytes / frame_bytes * format.channels;
  if (count > kMaxSamples) refuse_length(path);
  Sound sound{static_cast<int>(format.sample_rate), format.channels, {}};
  sound.samples.reserve(count);
  std::vector<char> block(frame_bytes * 4096);
  while (sound.samples.size() < count) {
    const std::size_t wanted = std::min(block.size(), (count - sound.samples.size()) * width);
    if (!file.read(block.data(), static_cast<std::streamsize>(wanted)))
      refuse(path, "cannot be read to its end");
    for (std::size_t at = 0; at < wanted; at += width) {
      sound.samples.push_back(to_float(block.data() + at, format));
    }
  }
  return sound;
}

/// The sound of a RIFF WAVE file; nothing when its encoding is none that is read here.
std::optional<Sound> read_wav(const fs::path& path, std::ifstream& file, std::uint64_t file_bytes) {
  std::optional<WavFormat> format;
  std::uint64_t at = 12;
  while (at + 8 <= file_bytes) {
    std::array<char, 8> header;
    file.seekg(static_cast<std::streamoff>(at));
    if (!file.read(header.data(), header.size())) refuse(path, "cannot be read to its end");
    const std::string_view id(header.data(), 4);
    std::uint64_t size = read_value<std::uint32_t>(header.data() + 4);
    at += 8;
    const std::uint64_t left = file_bytes - at;
    if (id == "data") {
      if (!format) refuse(path, "its samples come before a WAV format chunk");
      if (!format->readable()) return std::nullopt;
      // Programs that write into a pipe cannot know the length and leave the largest number there.
      if (size >= 0x7FFFFFFFu && size > left) size = left;
      if (size > left) {
        refuse(path,
               fmt::format("is cut off: its header promises {} bytes of samples, {} are there", size, left));
      }
      return read_samples(path, file, *format, size);
    }
    if (size > left) refuse(path, "is cut off before its samples");
    if (id == "fmt ") {
      std::string chunk(std::min<std::uint64_t>(size, 40), '\0');
      if (!file.read(chunk.data(), static_cast<std::streamsize>(chunk.size()))) {
        refuse(path, "its WAV format chunk is cut off");
      }
      format = parse_format(path, chunk);
    }
    at += size + size % 2;  // chunks start at even offsets
  }
  refuse(path, "is a WAV file without samples");
}

#ifdef OCTET_WITH_SNDFILE
Sound read_with_libsndfile(const fs::path& path) {
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open(path.c_str(), SFM_READ, &info), sf_close);
  if (!file) refuse(path, fmt::format("is no sound that can be read: {}", sf_strerror(nullptr)));
  check_layout(path, info.channels, info.samplerate);
  Sound sound{info.samplerate, info.channels, {}};
  // In blocks: a header may promise any length, memory is taken for what is there.
  std::vector<float> block(std::size_t{4096} * static_cast<std::size_t>(info.channels));
  while (const sf_count_t frames = sf_readf_float(file.get(), block.data(), 4096)) {
    sound.samples.insert(sound.samples.end(), block.begin(), block.begin() + frames * info.channels);
    if (sound.samples.size() > kMaxSamples) refuse_length(path);
  }
  if (sf_error(file.get()) != SF_ERR_NO_ERROR) {
    refuse(path, fmt::format("cannot be read to its end: {}", sf_strerror(file.get())));
  }
  const bool length_known = info.frames > 0 && info.frames < std::numeric_limits<sf_count_t>::max();
  if (length_known && sound.frames() < static_cast<std::size_t>(info.frames)) {
    refuse(path, fmt::format("is cut off: its header promises {} frames, {} are there", info.frames,
                             sound.frames()));
  }
  return sound;
}
#else
Sound read_with_libsndfile(const fs::path& path) {
  refuse(path, "this build has no libsndfile: it reads WAV with integer or float samples, nothing else",
         "convert the file to WAV, or build with -DOCTET_WITH_SNDFILE=ON");
}
#endif

Sound read_any(const fs::path& path) {
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  if (!fs::exists(status)) refuse(path, "no such file");
  if (!fs::is_regular_file(status)) refuse(path, "is not a file");
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse(path, std::string("cannot be opened: ") + std::strerror(errno));
  const std::uint64_t file_bytes = fs::file_size(path);
  if (file_bytes == 0) refuse(path, "is empty");
  std::array<char, 12> magic{};
  file.read(magic.data(), magic.size());
  file.clear();
  const std::string_view head(magic.data(), magic.size());
  if (head.substr(0, 4) == "RIFF" && head.substr(8, 4) == "WAVE") {
    if (std::optional<Sound> sound = read_wav(path, file, file_bytes)) return *std::move(sound);
  }
  return read_with_libsndfile(path);
}

template <class T>
void put(std::string& bytes, T value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

std::int16_t to_pcm16(float sample) {
  return static_cast<std::int16_t>(std::clamp(std::nearbyint(sample * 32768.0f), -32768.0f, 32767.0f));
}

}  // namespace

Sound read_sound(const fs::path& path) {
  Sound sound = read_any(path);
  if (sound.samples.empty()) refuse(path, "holds no sound (0 samples)");
  const auto bad = std::find_if_not(sound.samples.begin(), sound.samples.end(),
                                    [](float sample) { return std::isfinite(sample); });
  if (bad != sound.samples.end()) {
    const auto frame = (bad - sound.samples.begin()) / sound.channels;
    refuse(path, fmt::format("sample {} (at {:.3f} s) is not a finite number", frame,
                             static_cast<double>(frame) / sound.sample_rate));
  }
  return sound;
}

void write_wav(const fs::path& path, const Sound& sound, SampleFormat format) {
  const bool is_float = format == SampleFormat::float32;
  const std::uint32_t width = is_float ? 4 : 2;
  const std::uint64_t data_bytes = std::uint64_t{sound.samples.size()} * width;
  const std::uint32_t format_bytes = is_float ? 18 : 16;  // anything but PCM carries an extension size
  const std::uint32_t fact_bytes = is_float ? 12 : 0;     // and a chunk with the number of frames
  const std::uint64_t riff_bytes = 4 + (8 + format_bytes) + fact_bytes + 8 + data_bytes;
  if (riff_bytes > std::numeric_limits<std::uint32_t>::max()) {
    throw Error(ErrorKind::output,
                fmt::format("cannot write {}: longer than a WAV file can be", path.string()));
  }
  const auto channels = static_cast<std::uint16_t>(sound.channels);
  const auto rate = static_cast<std::uint32_t>(sound.sample_rate);
  std::string header = "RIFF";
  put(header, static_cast<std::uint32_t>(riff_bytes));
  header += "WAVEfmt ";
  put(header, format_bytes);
  put(header, is_float ? kFloat : kPcm);
  put(header, channels);
  put(header, rate);
  put(header, rate * channels * width);
  put(header, static_cast<std::uint16_t>(channels * width));
  put(header, static_cast<std::uint16_t>(8 * width));
  if (is_float) {
    put(header, std::uint16_t{0});
    header += "fact";
    put(header, std::uint32_t{4});
    put(header, static_cast<std::uint32_t>(sound.frames()));
  }
  header += "data";
  put(header, static_cast<std::uint32_t>(data_bytes));
  write_file_atomically(path, [&](const ByteSink& sink) {
    sink(std::as_bytes(std::span(header)));
    if (is_float) {
      sink(std::as_bytes(std::span(sound.samples)));
    } else {
      std::vector<std::int16_t> integers(sound.samples.size());
      std::transform(sound.samples.begin(), sound.samples.end(), integers.begin(), to_pcm16);
      sink(std::as_bytes(std::span(integers)));
    }
  });
}

Sound mono(const Sound& sound) {
  if (sound.channels == 1) return sound;
  const auto channels = static_cast<std::size_t>(sound.channels);
  Sound result{sound.sample_rate, 1, std::vector<float>(sound.frames())};
  for (std::size_t frame = 0; frame < result.samples.size(); ++frame) {
    double sum = 0;
    for (std::size_t channel = 0; channel < channels; ++channel)
      sum += sound.samples[frame * channels + channel];
    result.samples[frame] = static_cast<float>(sum / sound.channels);
  }
  return result;
}

}  // namespace octet
