#include "core/audio/wav_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <istream>
#include <optional>
#include <string_view>

#include "core/audio/sound_limits.h"
#include "core/error.h"

namespace octet {
namespace {

static_assert(std::endian::native == std::endian::little, "lengths are read as they lie in the file");

constexpr std::uint64_t kNeverFilledIn = 0x7FFF0000;  // SoX leaves 0x7FFFF000, ffmpeg 0xFFFFFFFF
constexpr std::uint64_t kIn64Bits = 0xFFFFFFFF;       // the length stands in the chunk "ds64"
constexpr std::uint64_t kForgivenBytes = 1024;        // lengths that count the header, or a block too many
constexpr std::uint64_t kLongestFormat = 64 << 10;

[[noreturn]] void refuse(const std::string& name, const std::string& why, const std::string& hint = {}) {
  throw Error(ErrorKind::input, name + ": " + why, hint);
}

bool is_chunk_id(std::string_view id) {
  return id.size() == 4 && std::ranges::all_of(id, [](char c) { return c >= ' ' && c <= '~'; });
}

/// Reads at any place of a file.
class Bytes {
 public:
  Bytes(std::istream& file, std::uint64_t size, const std::string& name)
      : file_(file), size_(size), name_(name) {}

  std::uint64_t size() const { return size_; }

  /// `count` bytes from `at`, fewer at the end of the file.
  std::string read(std::uint64_t at, std::uint64_t count) const {
    std::string bytes(at < size_ ? std::min(count, size_ - at) : 0, '\0');
    file_.clear();
    file_.seekg(static_cast<std::streamoff>(at));
    if (!file_.read(bytes.data(), static_cast<std::streamsize>(bytes.size())))
      refuse(name_, "cannot be read to its end");
    return bytes;
  }

 private:
  std::istream& file_;
  std::uint64_t size_;
  const std::string& name_;
};

template <class T>
T value_at(std::string_view bytes, std::size_t at) {
  T value{};
  if (at + sizeof(T) <= bytes.size()) std::memcpy(&value, bytes.data() + at, sizeof(T));
  return value;
}

/// Where the chunk after one that ends at `end` begins.
std::uint64_t next_chunk(const Bytes& file, std::uint64_t end, std::uint64_t size) {
  if (size % 2 == 0) return end;
  // Some writers leave the padding byte out: then a name stands where it should be, and none behind it.
  const std::string bytes = file.read(end, 5);
  const bool unpadded =
      is_chunk_id(bytes.substr(0, 4)) && (bytes.size() < 5 || !is_chunk_id(bytes.substr(1)));
  const bool either = is_chunk_id(bytes.substr(0, 4)) && !unpadded;
  constexpr std::array<std::string_view, 3> kCommon{"data", "fmt ", "LIST"};
  return unpadded || (either && std::ranges::find(kCommon, bytes.substr(0, 4)) != kCommon.end()) ? end
                                                                                                 : end + 1;
}

/// Whether nothing but whole chunks follows, so that a length of 0 is meant.
bool only_chunks_follow(const Bytes& file, std::uint64_t at) {
  while (at < file.size()) {
    const std::string header = file.read(at, 8);
    if (header.size() < 8 || !is_chunk_id(header.substr(0, 4))) return false;
    const std::uint64_t size = value_at<std::uint32_t>(header, 4);
    if (size > file.size() - at - 8) return false;
    at = next_chunk(file, at + 8 + size, size);
  }
  return true;
}

/// How many bytes of samples there are, where the header says `size`.
std::uint64_t length_of_samples(const Bytes& file, std::uint64_t at, std::uint64_t size,
                                const std::string& name, std::vector<std::string>& notices) {
  const std::uint64_t left = file.size() - at;
  const bool open =
      size == 0 ? left > 0 && !only_chunks_follow(file, at) : size > left && size >= kNeverFilledIn;
  if (open) {
    notices.push_back(name +
                      ": its header was never finished (a recording that was stopped, or written into a "
                      "pipe): read to the end of the file");
    return left;
  }
  if (size <= left) return size;
  if (size - left > kForgivenBytes) {
    refuse(name, fmt::format("is cut off: its header promises {} bytes of samples, {} are there", size, left),
           "get the file again; what there is of it can be kept with: ffmpeg -i IN.wav OUT.wav");
  }
  notices.push_back(
      fmt::format("{}: its header promises {} bytes of samples, {} are there: read to the end of the file",
                  name, size, left));
  return left;
}

}  // namespace

bool is_riff_wave(std::string_view head) {
  const auto kind = head.substr(0, 4);
  return head.size() >= 12 && head.substr(8, 4) == "WAVE" &&
         (kind == "RIFF" || kind == "RF64" || kind == "BW64");
}

WavLayout find_wav_samples(std::istream& stream, std::uint64_t file_bytes, const std::string& name) {
  const Bytes file(stream, file_bytes, name);
  WavLayout layout;
  std::optional<std::uint64_t> length_in_64_bits;
  std::uint64_t at = 12;
  while (at + 8 <= file_bytes) {
    const std::string header = file.read(at, 8);
    const std::string_view id = std::string_view(header).substr(0, 4);
    std::uint64_t size = value_at<std::uint32_t>(header, 4);
    at += 8;
    if (id == "data") {
      if (layout.format.empty()) refuse(name, "its samples come before a WAV format chunk");
      if (size == kIn64Bits && length_in_64_bits) size = *length_in_64_bits;
      layout.data_begin = at;
      layout.data_bytes = length_of_samples(file, at, size, name, layout.notices);
      return layout;
    }
    if (size > file_bytes - at) refuse(name, "is cut off before its samples");
    if (id == "ds64") length_in_64_bits = value_at<std::uint64_t>(file.read(at, 16), 8);
    if (id == "fmt ") {
      layout.format = file.read(at, std::min(size, kLongestFormat));
      if (layout.format.size() < 16) refuse(name, "its WAV format chunk is cut off");
      check_shape(value_at<std::uint16_t>(layout.format, 2), value_at<std::uint32_t>(layout.format, 4), name);
    }
    at = next_chunk(file, at + size, size);
  }
  refuse(name, "is a WAV file without samples");
}

}  // namespace octet
