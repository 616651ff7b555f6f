#include "core/audio/flac_file.h"

#include <QTemporaryDir>
#include <QTest>
#include <algorithm>
#include <cmath>

#include "core/error.h"

using namespace octet;

class FlacFileTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // Half a step of 24 bits is all that may be lost; beyond full scale it is clipped, not wrapped.
  void what_is_written_is_read_back_to_24_bits() {
    const QTemporaryDir folder;
    const auto path = std::filesystem::path(folder.filePath("sound é.flac").toStdString());
    Sound sound{24000, 1, {}};
    for (int i = 0; i < 10'000; ++i)
      sound.samples.push_back(0.9F * static_cast<float>(std::sin(0.01 * i * i)));
    sound.samples[17] = 1.5F;
    sound.samples[18] = -1.5F;
    try {
      write_flac(path, sound);
    } catch (const Error& error) {
      if (std::string(error.what()).find("no libsndfile") != std::string::npos) QSKIP(error.what());
      throw;
    }
    const auto read = read_sound(path);
    QCOMPARE(read.sample_rate, 24000);
    QCOMPARE(read.channels, 1);
    QCOMPARE(read.samples.size(), sound.samples.size());
    constexpr double kStep = 1.0 / (1 << 23);
    for (std::size_t i = 0; i < read.samples.size(); ++i) {
      const double wanted = std::clamp(static_cast<double>(sound.samples[i]), -1.0, 1.0 - kStep);
      QVERIFY2(std::abs(static_cast<double>(read.samples[i]) - wanted) <= kStep,
               qPrintable(QString::number(i)));
    }
    write_flac(path, {24000, 2, {0.5F, -0.5F}});  // in its place
    QCOMPARE(read_sound(path).channels, 2);
  }

  void a_place_that_cannot_be_written_is_named() {
    try {
      write_flac("/proc/sound.flac", {24000, 1, {0.5F}});
      QFAIL("it was written");
    } catch (const Error& error) {
      QVERIFY(error.kind() == ErrorKind::output);
      QVERIFY2(std::string(error.what()).find("/proc/sound.flac") != std::string::npos, error.what());
    }
  }
};

QTEST_GUILESS_MAIN(FlacFileTest)
#include "test_flac_file.moc"
