#include <QTemporaryDir>
#include <QtTest>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <span>
#include <sstream>

#include "core/audio/decode_wav.h"
#include "core/audio/sound_file.h"
#include "core/error.h"
#ifdef OCTET_WITH_SNDFILE
#include <sndfile.h>
#endif

using namespace octet;
namespace fs = std::filesystem;

namespace {

template <class T>
std::string bytes_of(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(T)};
}

/// A chunk of a RIFF file; its size may be a lie.
std::string unpadded_chunk(const std::string& id, const std::string& content,
                           std::optional<std::uint32_t> size = {}) {
  return id + bytes_of(size.value_or(static_cast<std::uint32_t>(content.size()))) + content;
}

std::string chunk(const std::string& id, const std::string& content, std::optional<std::uint32_t> size = {}) {
  return unpadded_chunk(id, content, size) + std::string(content.size() % 2, '\0');
}

std::string format_chunk(std::uint16_t tag, std::uint16_t channels, std::uint32_t rate, std::uint16_t bits) {
  const auto frame = static_cast<std::uint16_t>(channels * bits / 8);
  return chunk("fmt ", bytes_of(tag) + bytes_of(channels) + bytes_of(rate) + bytes_of(rate * frame) +
                           bytes_of(frame) + bytes_of(bits));
}

std::string extensible_chunk(std::uint16_t tag, std::uint16_t channels, std::uint32_t rate,
                             std::uint16_t bits) {
  const auto frame = static_cast<std::uint16_t>(channels * bits / 8);
  return chunk("fmt ", bytes_of(std::uint16_t{0xFFFE}) + bytes_of(channels) + bytes_of(rate) +
                           bytes_of(rate * frame) + bytes_of(frame) + bytes_of(bits) +
                           bytes_of(std::uint16_t{22}) + bytes_of(bits) + bytes_of(std::uint32_t{3}) +
                           bytes_of(tag) +
                           std::string("\x00\x00\x00\x00\x10\x00\x80\x00\x00\xAA\x00\x38\x9B\x71", 14));
}

std::string riff(const std::string& chunks) {
  return "RIFF" + bytes_of(static_cast<std::uint32_t>(4 + chunks.size())) + "WAVE" + chunks;
}

/// The same with lengths of 64 bits; `id` is RF64 or BW64.
std::string riff64(const std::string& id, const std::string& format, const std::string& samples) {
  const std::string lengths = bytes_of(std::uint64_t{0}) + bytes_of<std::uint64_t>(samples.size()) +
                              bytes_of(std::uint64_t{0}) + bytes_of(std::uint32_t{0});
  return id + bytes_of(0xFFFFFFFF) + "WAVE" + chunk("ds64", lengths) + format +
         chunk("data", samples, 0xFFFFFFFF) + chunk("LIST", "what follows is no sound");
}

/// A second of a tone at 24 kHz.
Sound tone(float amplitude) {
  Sound sound{24000, 1, std::vector<float>(24000)};
  for (std::size_t i = 0; i < sound.samples.size(); ++i)
    sound.samples[i] = amplitude * std::sin(0.1f * static_cast<float>(i));
  return sound;
}

#ifdef OCTET_WITH_SNDFILE
bool write_with_libsndfile(const fs::path& path, const Sound& sound, int format) {
  SF_INFO info{0, sound.sample_rate, sound.channels, format, 0, 0};
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  if (!file) return false;
  const auto frames = static_cast<sf_count_t>(sound.frames());
  return sf_writef_float(file, sound.samples.data(), frames) == frames && sf_close(file) == 0;
}
#endif

std::string read_bytes(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

class TestSoundFile : public QObject {
  Q_OBJECT
  QTemporaryDir dir_;

  fs::path path(const std::string& name) const { return fs::path(dir_.path().toStdString()) / name; }

  fs::path write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }

  /// The message read_sound refuses the file with; empty when it reads it.
  QString refusal(const fs::path& file) const {
    try {
      read_sound(file);
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) return "wrong kind of error";
      const QString message = QString::fromStdString(error.what());
      return message.contains(QString::fromStdString(file.string())) ? message : "file is not named";
    }
    return {};
  }

 private Q_SLOTS:
  void reads_every_sample_type_data() {
    QTest::addColumn<QByteArray>("file");
    const auto row = [](const char* name, const std::string& format, const std::string& samples) {
      const std::string file = riff(format + chunk("data", samples));
      QTest::newRow(name) << QByteArray(file.data(), static_cast<qsizetype>(file.size()));
    };
    // -1, 0.5 and 0.25, exact in every type.
    row("unsigned 8", format_chunk(1, 1, 8000, 8), std::string("\x00\xC0\xA0", 3));
    const std::string pcm16 =
        bytes_of<std::int16_t>(-32768) + bytes_of<std::int16_t>(16384) + bytes_of<std::int16_t>(8192);
    row("integer 16", format_chunk(1, 1, 8000, 16), pcm16);
    row("integer 16, extensible", extensible_chunk(1, 1, 8000, 16), pcm16);
    row("integer 16 after an odd chunk", chunk("LIST", "odd") + format_chunk(1, 1, 8000, 16), pcm16);
    row("integer 24", format_chunk(1, 1, 8000, 24), std::string("\x00\x00\x80\x00\x00\x40\x00\x00\x20", 9));
    row("integer 32", format_chunk(1, 1, 8000, 32),
        bytes_of<std::int32_t>(-2147483647 - 1) + bytes_of<std::int32_t>(1 << 30) +
            bytes_of<std::int32_t>(1 << 29));
    const std::string float32 = bytes_of(-1.0f) + bytes_of(0.5f) + bytes_of(0.25f);
    row("float 32", format_chunk(3, 1, 8000, 32), float32);
    row("float 32, extensible", extensible_chunk(3, 1, 8000, 32), float32);
    row("float 64", format_chunk(3, 1, 8000, 64), bytes_of(-1.0) + bytes_of(0.5) + bytes_of(0.25));
  }

  void reads_every_sample_type() {
    QFETCH(QByteArray, file);
    const std::string bytes = file.toStdString();
    const Sound sound = read_sound(write("typed.wav", bytes));
    QCOMPARE(sound.sample_rate, 8000);
    QCOMPARE(sound.channels, 1);
    QCOMPARE(sound.samples, (std::vector<float>{-1.0f, 0.5f, 0.25f}));
    QVERIFY(sound.notices.empty());
    // Builds without libsndfile decode it themselves.
    std::istringstream stream(bytes);
    QCOMPARE(decode_wav(stream, find_wav_samples(stream, bytes.size(), "typed"), "typed").samples,
             sound.samples);
  }

  void float_sound_comes_back_bit_for_bit() {
    const Sound sound{24000, 2, {0.1f, -1.5f, 1e-20f, 0.0f, -0.0f, 3.0f}};
    write_wav(path("float.wav"), sound);
    const Sound back = read_sound(path("float.wav"));
    QCOMPARE(back.sample_rate, 24000);
    QCOMPARE(back.channels, 2);
    QCOMPARE(back.frames(), std::size_t{3});
    QVERIFY(
        std::ranges::equal(std::as_bytes(std::span(back.samples)), std::as_bytes(std::span(sound.samples))));
  }

  void sixteen_bit_sound_comes_back_unchanged_and_clips() {
    Sound sound{48000, 1, {}};
    for (int value = -32768; value < 32768; value += 257)
      sound.samples.push_back(static_cast<float>(value) / 32768);
    write_wav(path("pcm.wav"), sound, SampleFormat::pcm16);
    QCOMPARE(read_sound(path("pcm.wav")).samples, sound.samples);
    write_wav(path("pcm.wav"), {48000, 1, {2.0f, -2.0f}}, SampleFormat::pcm16);
    QCOMPARE(read_sound(path("pcm.wav")).samples, (std::vector<float>{32767.0f / 32768, -1.0f}));
    // Between two steps the nearer one is written.
    constexpr float kStep = 1.0f / 32768;
    write_wav(path("pcm.wav"), {48000, 1, {0.6f * kStep, -0.6f * kStep, 0.4f * kStep}}, SampleFormat::pcm16);
    QCOMPARE(read_sound(path("pcm.wav")).samples, (std::vector<float>{kStep, -kStep, 0}));
  }

  void the_same_sound_gives_the_same_bytes() {
    const Sound sound{24000, 1, {0.1f, 0.2f}};
    write_wav(path("a.wav"), sound);
    write_wav(path("b.wav"), sound);
    QCOMPARE(read_bytes(path("a.wav")), read_bytes(path("b.wav")));
    QCOMPARE(read_bytes(path("a.wav")).size(), std::size_t{58 + 8});
  }

  void mono_is_the_mean_of_the_channels() {
    const Sound sound = mono({24000, 2, {0.5f, 0.25f, -1.0f, 1.0f}});
    QCOMPARE(sound.channels, 1);
    QCOMPARE(sound.samples, (std::vector<float>{0.375f, 0.0f}));
  }

  void lengths_that_are_wrong_are_forgiven_with_a_notice_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("notice");
    const auto row = [](const char* name, const std::string& file, const char* notice) {
      QTest::newRow(name) << QByteArray(file.data(), static_cast<qsizetype>(file.size())) << QString(notice);
    };
    const std::string format = format_chunk(1, 1, 8000, 16);
    std::string samples;
    for (std::int16_t i = 0; i < 1000; ++i) samples += bytes_of<std::int16_t>(i);
    const auto with_length = [&](std::uint32_t length) {
      return riff(format + chunk("data", samples, length));
    };
    row("right", with_length(2000), "");
    row("SoX into a pipe", with_length(0x7FFFF000), "never finished");
    row("ffmpeg into a pipe", with_length(0xFFFFFFFF), "never finished");
    row("a recorder that was stopped", with_length(0), "never finished");
    row("counts the header", with_length(2044), "promises 2044 bytes of samples, 2000 are there");
    row("1 KiB too many", with_length(2000 + 1024), "promises 3024");
    row("a byte behind the last frame", riff(format + unpadded_chunk("data", samples + "x", 0xFFFFFFFF)),
        "never finished");
    row("odd chunk without padding", riff(unpadded_chunk("LIST", "odd") + format + chunk("data", samples)),
        "");
    row("odd chunk with padding", riff(chunk("LIST", "odd") + format + chunk("data", samples)), "");
    row("odd chunk with a blank for padding",
        riff(unpadded_chunk("LIST", "odd") + " " + format + chunk("data", samples)), "");
    row("RF64", riff64("RF64", format, samples), "");
    row("BW64", riff64("BW64", format, samples), "");
    row("a chunk behind the samples",
        riff(format + chunk("data", samples) + chunk("LIST", "no sound at all")), "");
  }

  void lengths_that_are_wrong_are_forgiven_with_a_notice() {
    QFETCH(QByteArray, file);
    QFETCH(QString, notice);
    const fs::path path = write("lengths.wav", file.toStdString());
    const Sound sound = read_sound(path);
    QCOMPARE(sound.frames(), std::size_t{1000});
    QCOMPARE(sound.samples.back(), 999 / 32768.0f);
    QCOMPARE(sound.notices.size(), std::size_t(notice.isEmpty() ? 0 : 1));
    if (notice.isEmpty()) return;
    const auto said = QString::fromStdString(sound.notices.front());
    QVERIFY2(said.contains(notice) && said.startsWith(QString::fromStdString(path.string())),
             qPrintable(said));
    QCOMPARE(mono(sound).notices, sound.notices);
  }

  void bad_files_are_refused_with_the_reason_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("reason");
    const auto row = [](const char* reason, const std::string& file) {
      QTest::newRow(reason) << QByteArray(file.data(), static_cast<qsizetype>(file.size()))
                            << QString(reason);
    };
    const std::string good = format_chunk(3, 1, 8000, 32);
    row("is empty", "");
    row("0 samples", riff(good + chunk("data", "")));
    row("holds no sound (0 samples)", riff(good + chunk("data", "") + chunk("LIST", "and no sound follows")));
    // A promise of 1.9 GB must neither be believed nor allocated.
    row("is cut off: its header promises 2000000000 bytes",
        riff(good + chunk("data", bytes_of(0.5f), 2000000000)));
    row("is cut off: its header promises 1029 bytes", riff(good + chunk("data", bytes_of(0.5f), 1029)));
    row("is cut off before its samples", riff(good + chunk("LIST", "abcd", 4000000000)));
    row("without samples", riff(good));
    row("before a WAV format chunk", riff(chunk("data", bytes_of(0.5f)) + good));
    row("format chunk is cut off", riff(chunk("fmt ", "abcd") + chunk("data", bytes_of(0.5f))));
    row("0 channels", riff(format_chunk(3, 0, 8000, 32) + chunk("data", bytes_of(0.5f))));
    row("sample rate is 0 Hz", riff(format_chunk(3, 1, 0, 32) + chunk("data", bytes_of(0.5f))));
    row("sample 1 (at 0.000 s) is not a finite number",
        riff(good + chunk("data", bytes_of(0.5f) + bytes_of(std::numeric_limits<float>::quiet_NaN()))));
    row("not a finite number", riff(format_chunk(3, 1, 8000, 64) + chunk("data", bytes_of(1e300))));
  }

  void bad_files_are_refused_with_the_reason() {
    QFETCH(QByteArray, file);
    QFETCH(QString, reason);
    const QString message = refusal(write("bad.wav", file.toStdString()));
    QVERIFY2(message.contains(reason), qPrintable(message));
  }

  void what_is_no_sound_is_named_with_the_way_out_data() {
    QTest::addColumn<QByteArray>("file");
    QTest::addColumn<QString>("what");
    QTest::addColumn<QString>("way_out");
    const auto row = [](const char* name, const std::string& file, const char* what, const char* way_out) {
      QTest::newRow(name) << QByteArray(file.data(), static_cast<qsizetype>(file.size())) << QString(what)
                          << QString(way_out);
    };
    const std::string more(300, '\xA5');
    const char* convert = "ffmpeg -i '";
    row("m4a",
        std::string("\0\0\0\x20"
                    "ftypM4A ",
                    12) +
            more,
        "MPEG-4 sound", convert);
    row("mp4",
        std::string("\0\0\0\x20"
                    "ftypisom",
                    12) +
            more,
        "MPEG-4 or QuickTime file", convert);
    row("aac", "\xFF\xF1\x50\x80" + more, "AAC sound", convert);
    row("webm", "\x1A\x45\xDF\xA3" + more, "WebM", convert);
    row("wma", "\x30\x26\xB2\x75\x8E\x66\xCF\x11" + more, "Windows Media", convert);
    row("page", "\xEF\xBB\xBF\n  <!DOCTYPE html><html>", "web page", "get the file itself");
    row("page in capitals", "<HTML><BODY>404", "web page", "get the file itself");
    row("text", "this is a text, not a sound", "text, not a sound", "");
    row("LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:0", "Git LFS pointer", "git lfs pull");
    row("AppleDouble", std::string("\0\5\x16\7\0\2\0\0Mac OS X", 16), "macOS", "");
    row("archive", "PK\x03\x04" + more, "archive", "unpack");
    row("never written", std::string(4096, '\0'), "zeros only", "");
  }

  void what_is_no_sound_is_named_with_the_way_out() {
    QFETCH(QByteArray, file);
    QFETCH(QString, what);
    QFETCH(QString, way_out);
    const fs::path path = write("other.wav", file.toStdString());
    try {
      read_sound(path);
      QFAIL("it was read");
    } catch (const Error& error) {
      QCOMPARE(error.kind(), ErrorKind::input);
      const auto said = QString(error.what());
      QVERIFY2(said.startsWith(QString::fromStdString(path.string())) && said.contains(what),
               qPrintable(said));
      QVERIFY2(QString::fromStdString(error.hint()).contains(way_out), error.hint().c_str());
    }
  }

  void what_is_no_file_is_refused() {
    QVERIFY(!refusal(write("noise.wav", std::string(1000, '\x93'))).isEmpty());
    QVERIFY(refusal(path("nowhere.wav")).contains("no such file"));
    QVERIFY(refusal(path("")).contains("is not a file"));
  }

  void bytes_are_read_as_files_are() {
    std::istringstream bytes(riff(format_chunk(1, 2, 8000, 16) + chunk("data", bytes_of(0x40002000))));
    const Sound sound = read_sound(bytes, "standard input");
    QCOMPARE(sound.samples, (std::vector<float>{0.25f, 0.5f}));
    std::istringstream none;
    try {
      read_sound(none, "standard input");
      QFAIL("nothing was read");
    } catch (const Error& error) {
      QCOMPARE(QString(error.what()), QString("standard input: is empty"));
    }
  }

  void writing_fails_without_leaving_anything_behind() {
    try {
      write_wav(path("no/such/folder.wav"), {24000, 1, {0.0f}});
      QFAIL("wrote into a folder that does not exist");
    } catch (const Error& error) {
      QCOMPARE(error.kind(), ErrorKind::output);
      QVERIFY(QString(error.what()).contains("folder.wav"));
    }
    QVERIFY(!fs::exists(path("no")));
  }

#ifdef OCTET_WITH_SNDFILE
  void formats_are_known_by_content_data() {
    QTest::addColumn<int>("format");
    QTest::addColumn<double>("tolerance");
    const double step = 1.0 / 32768;
    QTest::newRow("FLAC") << (SF_FORMAT_FLAC | SF_FORMAT_PCM_16) << step;
    QTest::newRow("W64") << (SF_FORMAT_W64 | SF_FORMAT_PCM_16) << step;
    QTest::newRow("AIFF") << (SF_FORMAT_AIFF | SF_FORMAT_PCM_16) << step;
    QTest::newRow("CAF") << (SF_FORMAT_CAF | SF_FORMAT_FLOAT) << 0.0;
    QTest::newRow("AU") << (SF_FORMAT_AU | SF_FORMAT_PCM_16) << step;
    QTest::newRow("big-endian WAV") << (SF_FORMAT_WAV | SF_FORMAT_PCM_16 | SF_ENDIAN_BIG) << step;
    QTest::newRow("RF64") << (SF_FORMAT_RF64 | SF_FORMAT_PCM_16) << step;
    // 14-bit companding with 8 bits, 4-bit differences, perceptual coders.
    QTest::newRow("u-law WAV") << (SF_FORMAT_WAV | SF_FORMAT_ULAW) << 0.02;
    QTest::newRow("IMA ADPCM WAV") << (SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM) << 0.05;
    QTest::newRow("Vorbis") << (SF_FORMAT_OGG | SF_FORMAT_VORBIS) << 0.05;
    QTest::newRow("Opus") << (SF_FORMAT_OGG | SF_FORMAT_OPUS) << 0.05;
    QTest::newRow("MP3") << (SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III) << 0.05;
  }

  /// Whatever the name ends with. The middle is compared: coders round the ends off.
  void formats_are_known_by_content() {
    QFETCH(int, format);
    QFETCH(double, tolerance);
    const fs::path file = path("any.wav");
    const Sound sound = tone(0.5f);
    QVERIFY2(write_with_libsndfile(file, sound, format), sf_strerror(nullptr));
    const Sound back = read_sound(file);
    QCOMPARE(back.sample_rate, 24000);
    QVERIFY2(back.frames() >= 24000 && back.frames() < 24000 + 3 * 1152,
             qPrintable(QString::number(back.frames())));
    double worst = 0;
    for (std::size_t i = 8000; i < 16000; ++i)
      worst = std::max(worst, std::abs(double{back.samples[i]} - sound.samples[i]));
    QVERIFY2(worst <= tolerance, qPrintable(QString::number(worst)));
  }

  void an_mp3_without_a_whole_frame_is_damaged_not_missing() {
    std::string frames;
    for (int i = 0; i < 400; ++i) frames += std::string("\xFF\xFB\x90\0", 4);
    QVERIFY(refusal(write("a.mp3", frames)).contains("It is damaged"));
  }

  void a_flac_file_that_was_cut_is_refused() {
    const fs::path file = path("cut.flac");
    QVERIFY(write_with_libsndfile(file, tone(0.5f), SF_FORMAT_FLAC | SF_FORMAT_PCM_16));
    fs::resize_file(file, fs::file_size(file) / 2);
    QVERIFY(!refusal(file).isEmpty());
  }
#endif
};

QTEST_GUILESS_MAIN(TestSoundFile)
#include "test_sound_file.moc"
