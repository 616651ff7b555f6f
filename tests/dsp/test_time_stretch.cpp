// Speech at another speed.

#include <QtTest>
#include <cmath>
#include <numbers>

#include "core/dsp/time_stretch.h"

using namespace octet;

namespace {

constexpr int kRate = 24000;

std::vector<float> tone(double hertz, std::size_t samples) {
  std::vector<float> made(samples);
  for (std::size_t i = 0; i < samples; ++i)
    made[i] =
        static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * hertz / kRate * static_cast<double>(i)));
  return made;
}

int rising_zeros(std::span<const float> samples) {
  int count = 0;
  for (std::size_t i = 1; i < samples.size(); ++i) count += samples[i - 1] < 0 && samples[i] >= 0;
  return count;
}

}  // namespace

class TestTimeStretch : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void the_same_speed_is_the_same_sound() {
    const auto sound = tone(313, 10'001);
    const auto same = stretch_time(sound, kRate, 1);
    QCOMPARE(same.size(), sound.size());
    // Two windows sum to one to the rounding of fp32.
    for (std::size_t i = 0; i < sound.size(); ++i) QVERIFY(std::abs(same[i] - sound[i]) < 1e-6F);
  }

  void another_speed_keeps_pitch_and_level_data() {
    QTest::addColumn<double>("speed");
    QTest::newRow("fast") << 1.25;
    QTest::newRow("slow") << 0.8;
  }
  void another_speed_keeps_pitch_and_level() {
    QFETCH(double, speed);
    const auto sound = tone(220, 24'000);
    const auto made = stretch_time(sound, kRate, speed);
    QCOMPARE(made.size(), static_cast<std::size_t>(std::llround(24'000 / speed)));
    // A tone is found again to a sample: its phase is off by less than 2 pi / 109 at a seam.
    QVERIFY(std::abs(rising_zeros(made) - 220 / speed) <= 2);
    double squares = 0;
    for (std::size_t i = 1000; i + 1000 < made.size(); ++i) squares += static_cast<double>(made[i]) * made[i];
    const double level = std::sqrt(squares / static_cast<double>(made.size() - 2000));
    QVERIFY(std::abs(level / (0.5 / std::numbers::sqrt2) - 1) < 0.02);
  }

  void what_is_too_short_for_a_window_stays_a_sound() {
    for (const std::size_t samples : {1u, 2u, 500u}) {
      const auto made = stretch_time(tone(220, samples), kRate, 1.25);
      QCOMPARE(made.size(), static_cast<std::size_t>(std::llround(static_cast<double>(samples) / 1.25)));
      for (const float sample : made) QVERIFY(std::isfinite(sample));
    }
    QVERIFY(stretch_time({}, kRate, 1.25).empty());
  }
};

QTEST_GUILESS_MAIN(TestTimeStretch)
#include "test_time_stretch.moc"
