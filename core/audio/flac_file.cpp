#include "core/audio/flac_file.h"

#include "core/error.h"

#ifdef OCTET_WITH_SNDFILE
#include <sndfile.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "core/atomic_file.h"
#endif

namespace octet {

#ifdef OCTET_WITH_SNDFILE
namespace {

/// A file in memory, as libsndfile writes it.
struct Bytes {
  std::vector<std::byte> all;
  std::size_t at = 0;

  static SF_VIRTUAL_IO functions() {
    return {.get_filelen = [](void* self) { return static_cast<sf_count_t>(of(self).all.size()); },
            .seek =
                [](sf_count_t offset, int whence, void* self) {
                  auto& bytes = of(self);
                  const auto from = whence == SEEK_SET   ? std::size_t{0}
                                    : whence == SEEK_CUR ? bytes.at
                                                         : bytes.all.size();
                  bytes.at = from + static_cast<std::size_t>(offset);
                  return static_cast<sf_count_t>(bytes.at);
                },
            .read =
                [](void* to, sf_count_t count, void* self) {
                  auto& bytes = of(self);
                  const auto left = bytes.all.size() - std::min(bytes.at, bytes.all.size());
                  const auto got = std::min(static_cast<std::size_t>(count), left);
                  std::memcpy(to, bytes.all.data() + bytes.at, got);
                  bytes.at += got;
                  return static_cast<sf_count_t>(got);
                },
            .write =
                [](const void* from, sf_count_t count, void* self) {
                  auto& bytes = of(self);
                  bytes.all.resize(std::max(bytes.all.size(), bytes.at + static_cast<std::size_t>(count)));
                  std::memcpy(bytes.all.data() + bytes.at, from, static_cast<std::size_t>(count));
                  bytes.at += static_cast<std::size_t>(count);
                  return count;
                },
            .tell = [](void* self) { return static_cast<sf_count_t>(of(self).at); }};
  }

 private:
  static Bytes& of(void* self) { return *static_cast<Bytes*>(self); }
};

}  // namespace

void write_flac(const std::filesystem::path& path, const Sound& sound) {
  SF_INFO info{};
  info.samplerate = sound.sample_rate;
  info.channels = sound.channels;
  info.format = SF_FORMAT_FLAC | SF_FORMAT_PCM_24;
  Bytes bytes;
  auto functions = Bytes::functions();
  std::unique_ptr<SNDFILE, int (*)(SNDFILE*)> file(sf_open_virtual(&functions, SFM_WRITE, &info, &bytes),
                                                   sf_close);
  const auto fail = [&](const char* why) {
    throw Error(ErrorKind::output, "cannot write " + path.string() + ": " + why, "write a WAV file instead");
  };
  if (!file) fail(sf_strerror(nullptr));
  sf_command(file.get(), SFC_SET_CLIPPING, nullptr, SF_TRUE);
  const auto frames = static_cast<sf_count_t>(sound.frames());
  if (sf_writef_float(file.get(), sound.samples.data(), frames) != frames) fail(sf_strerror(file.get()));
  file.reset();
  write_file_atomically(path, [&](const ByteSink& sink) { sink(std::span(std::as_const(bytes.all))); });
}
#else
void write_flac(const std::filesystem::path& path, const Sound&) {
  throw Error(ErrorKind::output, "cannot write " + path.string() + ": this build has no libsndfile",
              "write a WAV file, or build with -DOCTET_WITH_SNDFILE=ON");
}
#endif

}  // namespace octet
