#include <QtTest>
#include <cmath>
#include <numbers>
#include <random>

#include "core/metrics/noise_floor.h"
#include "core/metrics/worst_moments.h"

using namespace octet;

namespace {

using Signal = std::vector<float>;
constexpr int kRate = 24000;
constexpr unsigned kSeed = 11;

std::size_t at(double seconds) { return static_cast<std::size_t>(seconds * kRate); }

/// Three seconds of harmonics, loud and quiet in turn (every half second), with a breath of noise.
Signal voice() {
  std::mt19937 generator(kSeed);
  std::normal_distribution<double> breath(0, 1e-3);
  Signal signal(3 * kRate);
  for (std::size_t i = 0; i < signal.size(); ++i) {
    const double seconds = static_cast<double>(i) / kRate;
    const double level = static_cast<int>(2 * seconds) % 2 == 0 ? 0.2 : 0.002;
    for (int harmonic = 1; harmonic <= 10; ++harmonic)
      signal[i] +=
          static_cast<float>(level / harmonic * std::sin(2 * std::numbers::pi * 150 * harmonic * seconds));
    signal[i] += static_cast<float>(breath(generator));
  }
  return signal;
}

bool near(double actual, double expected, double tolerance) {
  if (std::abs(actual - expected) <= tolerance) return true;
  qWarning("%.9g is not %.9g +- %.1g", actual, expected, tolerance);
  return false;
}

}  // namespace

class TestWorstMoments : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // The middle of a window of 60 ms that holds the click: within 30 ms of it.
  void a_click_is_found_where_it_is() {
    for (const double place : {0.2, 1.25, 2.4}) {
      auto test = voice();
      test[at(place)] += 0.8f;
      const auto worst = worst_moments(voice(), test, kRate, 3);
      QVERIFY(!worst.empty());
      QVERIFY(near(worst.front().seconds, place, 0.031));
    }
  }

  void two_faults_are_two_moments_the_worse_first() {
    auto test = voice();
    test[at(1.2)] += 0.1f;
    test[at(2.2)] += 0.8f;
    const auto worst = worst_moments(voice(), test, kRate, 5);
    QCOMPARE(worst.size(), std::size_t(2));  // windows around the same fault are none of their own
    QVERIFY(near(worst[0].seconds, 2.2, 0.031));
    QVERIFY(near(worst[1].seconds, 1.2, 0.031));
    QVERIFY(worst[0].score > worst[1].score);
    QCOMPARE(worst_moments(voice(), test, kRate, 1).size(), std::size_t(1));
  }

  // The same gain in loud speech and in a pause 40 dB down: what is loud is heard.
  void a_change_counts_more_where_it_is_loud() {
    auto test = voice();
    for (std::size_t i = at(0.6); i < at(0.9); ++i) test[i] *= 2;  // pause
    for (std::size_t i = at(2.1); i < at(2.4); ++i) test[i] *= 2;  // speech
    const auto worst = worst_moments(voice(), test, kRate, 2);
    QVERIFY(!worst.empty());
    QVERIFY(worst.front().seconds > 2.05 && worst.front().seconds < 2.45);
  }

  void equal_short_or_silent_signals_have_none() {
    QVERIFY(worst_moments(voice(), voice(), kRate, 5).empty());
    QVERIFY(worst_moments(Signal(1000, 0.1f), Signal(1000, 0.2f), kRate, 5).empty());
    QVERIFY(worst_moments(Signal(kRate), voice(), kRate, 5).empty());
    QVERIFY(worst_moments({}, {}, kRate, 5).empty());
  }

  void floors_of_several_bands_are_those_of_each() {
    const auto reference = voice();
    auto test = reference;
    for (std::size_t i = 0; i < test.size(); ++i) test[i] += i % 2 == 0 ? 1e-4f : -1e-4f;  // at 12 kHz
    // The quiet halves lie 40 dB under the loud ones: they are the pauses.
    const auto levels = noise_floors(reference, test, kRate, noise_floor_bands());
    QCOMPARE(levels.size(), std::size_t(4));
    for (std::size_t i = 0; i < levels.size(); ++i) {
      QVERIFY(!std::isnan(levels[i]));
      QCOMPARE(levels[i], noise_floor(reference, test, kRate, noise_floor_bands()[i]));
    }
    QVERIFY(levels[1] > levels[3]);  // the harmonics end at 1.5 kHz
    const FrequencyBand beyond{8000, 13000};
    QVERIFY(std::isnan(noise_floors(reference, test, kRate, {&beyond, 1}).front()));
  }
};

QTEST_GUILESS_MAIN(TestWorstMoments)
#include "test_worst_moments.moc"
