#include "core/audio/decode_with_libsndfile.h"

#include <fmt/format.h>
#include <sndfile.h>

#include <algorithm>
#include <istream>
#include <limits>
#include <memory>

#include "core/audio/sound_limits.h"
#include "core/error.h"

namespace octet {
namespace {

[[noreturn]] void refuse(const std::string& name, const std::string& why, const std::string& hint = {}) {
  throw Error(ErrorKind::input, name + ": " + why, hint);
}

/// A part of a file behind a header of its own, as libsndfile's virtual file.
class View {
 public:
  View(std::istream& file, std::string header, std::uint64_t begin, std::uint64_t bytes)
      : file_(file), header_(std::move(header)), begin_(begin), size_(header_.size() + bytes) {}

  static SF_VIRTUAL_IO functions() {
    return {.get_filelen = [](void* self) { return static_cast<sf_count_t>(of(self).size_); },
            .seek = [](sf_count_t offset, int whence, void* self) { return of(self).seek(offset, whence); },
            .read =
                [](void* to, sf_count_t count, void* self) {
                  return of(self).read(static_cast<char*>(to), static_cast<std::uint64_t>(count));
                },
            .write = [](const void*, sf_count_t, void*) { return sf_count_t{0}; },
            .tell = [](void* self) { return static_cast<sf_count_t>(of(self).at_); }};
  }

 private:
  static View& of(void* self) { return *static_cast<View*>(self); }

  sf_count_t seek(sf_count_t offset, int whence) {
    const auto from = static_cast<sf_count_t>(whence == SEEK_SET ? 0 : whence == SEEK_CUR ? at_ : size_);
    at_ =
        static_cast<std::uint64_t>(std::clamp<sf_count_t>(from + offset, 0, static_cast<sf_count_t>(size_)));
    return static_cast<sf_count_t>(at_);
  }

  sf_count_t read(char* to, std::uint64_t count) {
    const std::uint64_t wanted = std::min(count, size_ - at_);
    std::uint64_t got = at_ < header_.size() ? header_.copy(to, wanted, at_) : 0;
    if (got < wanted) {
      file_.clear();
      file_.seekg(static_cast<std::streamoff>(begin_ + at_ + got - header_.size()));
      file_.read(to + got, static_cast<std::streamsize>(wanted - got));
      got += static_cast<std::uint64_t>(file_.gcount());
    }
    at_ += got;
    return static_cast<sf_count_t>(got);
  }

  std::istream& file_;
  std::string header_;
  std::uint64_t begin_;
  std::uint64_t size_;
  std::uint64_t at_ = 0;
};

/// A view of the samples behind RIFF, the file's own format chunk, and a length of samples that is right.
View view_of_wav(std::istream& file, const WavLayout& layout, const std::string& name) {
  constexpr std::uint64_t kRoom = 128 << 10;  // for the header
  if (layout.data_bytes > std::numeric_limits<std::uint32_t>::max() - kRoom)
    check_length(layout.data_bytes, name);
  std::string header;
  const auto put = [&](std::uint64_t value) {
    for (int shift = 0; shift < 32; shift += 8) header += static_cast<char>(value >> shift & 0xFF);
  };
  const std::string padding(layout.format.size() % 2, '\0');
  header += "RIFF";
  put(4 + 8 + layout.format.size() + padding.size() + 8 + layout.data_bytes);
  header += "WAVEfmt ";
  put(layout.format.size());
  header += layout.format + padding + "data";
  put(layout.data_bytes);
  return {file, header, layout.data_begin, layout.data_bytes};
}

std::string why_not_opened() {
  const std::string said = sf_strerror(nullptr);
  // So it says of an MP3 without a whole frame, which is there.
  return said.starts_with("File does not exist") ? "It is damaged." : said;
}

/// Whether a file ends where its header says, and not where a decoder guesses.
bool knows_its_length(const SF_INFO& info) {
  return info.frames > 0 && info.frames < std::numeric_limits<sf_count_t>::max() &&
         (info.format & SF_FORMAT_TYPEMASK) != SF_FORMAT_MPEG;
}

}  // namespace

Sound decode_with_libsndfile(std::istream& stream, std::uint64_t file_bytes,
                             const std::optional<WavLayout>& layout, const std::string& name) {
  View view = layout ? view_of_wav(stream, *layout, name) : View(stream, {}, 0, file_bytes);
  SF_VIRTUAL_IO functions = View::functions();
  SF_INFO info{};
  const std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open_virtual(&functions, SFM_READ, &info, &view),
                                                         sf_close);
  if (!file) {
    refuse(name, "is no sound that can be read: " + why_not_opened(),
           "convert it to WAV or FLAC: ffmpeg -i IN OUT.wav");
  }
  check_shape(info.channels, info.samplerate, name);
  Sound sound{info.samplerate, info.channels, {}};
  // In blocks: a header may promise any length, memory is taken for what is there.
  std::vector<float> block(std::size_t{4096} * static_cast<std::size_t>(info.channels));
  while (const sf_count_t frames = sf_readf_float(file.get(), block.data(), 4096)) {
    sound.samples.insert(sound.samples.end(), block.begin(), block.begin() + frames * info.channels);
    check_length(sound.samples.size(), name);
  }
  if (sf_error(file.get()) != SF_ERR_NO_ERROR)
    refuse(name, fmt::format("cannot be read to its end: {}", sf_strerror(file.get())));
  if (knows_its_length(info) && sound.frames() < static_cast<std::size_t>(info.frames)) {
    refuse(name, fmt::format("is cut off: its header promises {} frames, {} are there", info.frames,
                             sound.frames()));
  }
  return sound;
}

}  // namespace octet
