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
#include <sstream>
#include <string>
#include <string_view>

#include "core/atomic_file.h"
#include "core/audio/unread_format.h"
#include "core/audio/wav_layout.h"
#include "core/error.h"
#include "core/held_file.h"
#ifdef OCTET_WITH_SNDFILE
#include "core/audio/decode_with_libsndfile.h"
#else
#include "core/audio/decode_wav.h"
#endif

namespace octet {
namespace {

namespace fs = std::filesystem;
static_assert(std::endian::native == std::endian::little, "WAV samples are written as they lie in memory");

// Format tags of the WAV format chunk.
constexpr std::uint16_t kPcm = 1;
constexpr std::uint16_t kFloat = 3;

[[noreturn]] void refuse(const std::string& name, const std::string& why, const std::string& hint = {}) {
  throw Error(ErrorKind::input, name + ": " + why, hint);
}

Sound decode(std::istream& bytes, std::uint64_t size, const std::optional<WavLayout>& wav,
             const std::string& name) {
#ifdef OCTET_WITH_SNDFILE
  return decode_with_libsndfile(bytes, size, wav, name);
#else
  static_cast<void>(size);
  if (wav) return decode_wav(bytes, *wav, name);
  refuse(name, "this build has no libsndfile: it reads WAV with integer or float samples, nothing else",
         "convert the file to WAV, or build with -DOCTET_WITH_SNDFILE=ON");
#endif
}

void check_finite(const Sound& sound, const std::string& name) {
  const auto bad = std::find_if_not(sound.samples.begin(), sound.samples.end(),
                                    [](float sample) { return std::isfinite(sample); });
  if (bad == sound.samples.end()) return;
  const auto frame = (bad - sound.samples.begin()) / sound.channels;
  refuse(name, fmt::format("sample {} (at {:.3f} s) is not a finite number", frame,
                           static_cast<double>(frame) / sound.sample_rate));
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
  const std::string name = path.string();
  std::error_code failed;
  const fs::file_status status = fs::status(path, failed);
  if (name == "-" || fs::is_fifo(status)) {  // cannot be sought in
    const auto held = HeldFile::open(path);
    std::istringstream piped(held->text());
    return read_sound(piped, held->name());
  }
  if (!fs::exists(status)) refuse(name, "no such file");
  if (!fs::is_regular_file(status)) refuse(name, "is not a file");
  std::ifstream file(path, std::ios::binary);
  if (!file) refuse(name, std::string("cannot be opened: ") + std::strerror(errno));
  return read_sound(file, name);
}

Sound read_sound(std::istream& bytes, const std::string& name) {
  bytes.clear();
  const auto end = bytes.seekg(0, std::ios::end).tellg();
  if (end < 0) refuse(name, "cannot be read");
  const auto size = static_cast<std::uint64_t>(end);
  if (size == 0) refuse(name, "is empty");
  std::string head(std::min<std::uint64_t>(size, 256), '\0');
  bytes.seekg(0).read(head.data(), static_cast<std::streamsize>(head.size()));
  std::optional<WavLayout> wav;
  if (is_riff_wave(head)) {
    wav = find_wav_samples(bytes, size, name);
    if (wav->data_bytes == 0) refuse(name, "holds no sound (0 samples)");
  } else if (const auto other = recognise_unread(head)) {
    const auto convert =
        fmt::format("convert it: ffmpeg -i '{}' '{}.wav'", name, fs::path(name).stem().string());
    refuse(name, other->what + (other->holds_sound ? ", which is not read" : ""),
           other->holds_sound ? convert : other->way_out);
  }
  bytes.clear();
  Sound sound = decode(bytes, size, wav, name);
  if (sound.samples.empty()) refuse(name, "holds no sound (0 samples)");
  check_finite(sound, name);
  if (wav) sound.notices = std::move(wav->notices);
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
  Sound result{sound.sample_rate, 1, std::vector<float>(sound.frames()), sound.notices};
  for (std::size_t frame = 0; frame < result.samples.size(); ++frame) {
    double sum = 0;
    for (std::size_t channel = 0; channel < channels; ++channel)
      sum += sound.samples[frame * channels + channel];
    result.samples[frame] = static_cast<float>(sum / sound.channels);
  }
  return result;
}

}  // namespace octet
