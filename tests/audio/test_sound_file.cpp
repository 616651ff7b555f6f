#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>

#include "core/audio/sound_file.h"
#include "core/error.h"

using namespace octet;
namespace fs = std::filesystem;

namespace {

template <class T>
std::string bytes_of(T value) {
  return {reinterpret_cast<const char*>(&value), sizeof(T)};
}

/// A chunk of a RIFF file; its size may be a lie.
std::string chunk(const std::string& id, const std::string& content, std::optional<std::uint32_t> size = {}) {
  return id + bytes_of(size.value_or(static_cast<std::uint32_t>(content.size()))) + content +
         std::string(content.size() % 2, '\0');
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
    const Sound sound = read_sound(write("typed.wav", file.toStdString()));
    QCOMPARE(sound.sample_rate, 8000);
    QCOMPARE(sound.channels, 1);
    QCOMPARE(sound.samples, (std::vector<float>{-1.0f, 0.5f, 0.25f}));
  }

  void float_sound_comes_back_bit_for_bit() {
    const Sound sound{24000, 2, {0.1f, -1.5f, 1e-20f, 0.0f, -0.0f, 3.0f}};
    write_wav(path("float.wav"), sound);
    const Sound back = read_sound(path("float.wav"));
    QCOMPARE(back.sample_rate, 24000);
    QCOMPARE(back.channels, 2);
    QCOMPARE(back.frames(), std::size_t{3});
    QVERIFY(std::memcmp(back.samples.data(), sound.samples.data(), 6 * sizeof(float)) == 0);
  }

  void sixteen_bit_sound_comes_back_unchanged_and_clips() {
    Sound sound{48000, 1, {}};
    for (int value = -32768; value < 32768; value += 257)
      sound.samples.push_back(static_cast<float>(value) / 32768);
    write_wav(path("pcm.wav"), sound, SampleFormat::pcm16);
    QCOMPARE(read_sound(path("pcm.wav")).samples, sound.samples);
    write_wav(path("pcm.wav"), {48000, 1, {2.0f, -2.0f}}, SampleFormat::pcm16);
    QCOMPARE(read_sound(path("pcm.wav")).samples, (std::vector<float>{32767.0f / 32768, -1.0f}));
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

  void a_length_that_a_pipe_left_open_means_the_rest_of_the_file() {
    const std::string samples = bytes_of(0.5f) + bytes_of(0.25f);
    const fs::path file =
        write("pipe.wav", riff(format_chunk(3, 1, 8000, 32) + chunk("data", samples, 0xFFFFFFFF)));
    QCOMPARE(read_sound(file).samples, (std::vector<float>{0.5f, 0.25f}));
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
    // A promise of 1.9 GB must neither be believed nor allocated.
    row("is cut off: its header promises 2000000000 bytes",
        riff(good + chunk("data", bytes_of(0.5f), 2000000000)));
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

  void what_is_no_sound_is_refused() {
    QVERIFY(!refusal(write("text.wav", "this is a text, not a sound")).isEmpty());
    QVERIFY(refusal(path("nowhere.wav")).contains("no such file"));
    QVERIFY(refusal(path("")).contains("is not a file"));
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

  void flac_is_read_or_refused_with_the_reason() {
    // STREAMINFO of a FLAC file that holds nothing else.
    const QString message =
        refusal(write("short.flac", std::string("fLaC\x80\x00\x00\x22", 8) + std::string(34, '\0')));
    QVERIFY2(!message.isEmpty(), "a FLAC file without sound was read");
    if (message.contains("libsndfile")) QVERIFY(message.contains("this build has no libsndfile"));
  }
};

QTEST_GUILESS_MAIN(TestSoundFile)
#include "test_sound_file.moc"
