#include <QTest>
#include <cmath>
#include <numbers>

#include "ui/sound/loudness.h"

namespace {

using octet::ui::level_of;
using octet::ui::matching_gains;

constexpr int kRate = 24000;

std::vector<float> sine(double seconds, double amplitude, double hertz = 1000) {
  std::vector<float> samples(static_cast<std::size_t>(seconds * kRate));
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * hertz * double(i) / kRate));
  return samples;
}

}  // namespace

class LoudnessTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // ITU-R BS.1770: a full-scale sine of 997 Hz in one channel is -3.01 LKFS; EBU allows 0.1.
  void a_full_scale_sine_has_the_standards_loudness() {
    const auto level = level_of(sine(2, 1, 997), kRate);
    QVERIFY(level.lufs);
    QVERIFY2(std::abs(*level.lufs + 3.01) < 0.1, qPrintable(QString::number(*level.lufs)));
    QVERIFY(std::abs(level.rms - std::sqrt(0.5)) < 1e-4);
    QVERIFY(std::abs(level.peak - 1) < 1e-3);
  }

  void a_copy_6_dB_quieter_is_lifted_by_6_dB() {
    const std::vector levels{level_of(sine(2, 0.4), kRate), level_of(sine(2, 0.2), kRate)};
    const auto gains = matching_gains(levels);
    QCOMPARE(gains[0], 1.0);
    QVERIFY2(std::abs(20 * std::log10(gains[1]) - 6.0206) < 0.01, qPrintable(QString::number(gains[1])));
  }

  void what_is_too_short_for_the_standard_is_matched_by_rms() {
    const std::vector levels{level_of(sine(0.3, 0.4), kRate), level_of(sine(0.3, 0.1), kRate)};
    QVERIFY(!levels[0].lufs);
    QVERIFY(std::abs(matching_gains(levels)[1] - 4) < 1e-4);
  }

  // One rule for all, else the two scales would be mixed.
  void one_short_sound_makes_all_be_matched_by_rms() {
    const std::vector levels{level_of(sine(2, 0.4, 100), kRate), level_of(sine(0.3, 0.1, 4000), kRate)};
    QVERIFY(levels[0].lufs && !levels[1].lufs);
    QVERIFY(std::abs(matching_gains(levels)[1] - 4) < 0.02);
  }

  void what_would_clip_lowers_all_together() {
    auto peaky = sine(2, 0.1);
    peaky[20000] = 0.9f;
    const std::vector levels{level_of(sine(2, 0.4), kRate), level_of(peaky, kRate)};
    const auto gains = matching_gains(levels);
    QVERIFY(gains[1] * levels[1].peak <= 1 + 1e-6);
    QVERIFY(gains[0] < 1);
    QVERIFY2(std::abs(gains[1] / gains[0] - 4) < 0.05, qPrintable(QString::number(gains[1] / gains[0])));
  }

  void silence_stays_silence() {
    const std::vector levels{level_of(sine(2, 0.4), kRate), level_of(std::vector<float>(2 * kRate), kRate)};
    QCOMPARE(matching_gains(levels), (std::vector{1.0, 1.0}));
    QVERIFY(matching_gains({}).empty());
    QCOMPARE(level_of({}, kRate).rms, 0.0);
  }

  void nothing_is_lifted_by_more_than_20_dB() {
    const std::vector levels{level_of(sine(2, 0.05), kRate), level_of(sine(2, 0.002), kRate)};
    QCOMPARE(matching_gains(levels)[1], 10.0);
  }
};

QTEST_GUILESS_MAIN(LoudnessTest)
#include "test_loudness.moc"
