#include <QtTest>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/metrics/noise_floor.h"
#include "core/metrics/pauses.h"

using namespace octet;

namespace {

using Signal = std::vector<float>;
constexpr int kRate = 24000;

/// A tone of these amplitudes, one after the other, half a second each.
Signal steps(std::initializer_list<double> amplitudes) {
  Signal signal;
  for (const double amplitude : amplitudes)
    for (int i = 0; i < kRate / 2; ++i)
      signal.push_back(static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * 440 * i / kRate)));
  return signal;
}

}  // namespace

class TestPauses : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // Frames of 20 ms that touch the loud part are none; those left stand for the 10 ms around their centres.
  void the_quiet_part_is_a_pause() {
    const auto found = pauses(steps({0.5, 0.001, 0.5}), kRate);
    QCOMPARE(found.size(), std::size_t{1});
    QVERIFY(std::abs(found[0].from - 0.505) < 1e-9);
    QVERIFY(std::abs(found[0].to - 0.995) < 1e-9);
  }

  // 30 dB is a factor of 31.6.
  void a_pause_is_30_dB_under_the_loud_part() {
    QCOMPARE(pauses(steps({0.5, 0.5 / 33, 0.5}), kRate).size(), std::size_t{1});
    QVERIFY(pauses(steps({0.5, 0.5 / 30, 0.5}), kRate).empty());
  }

  void digital_silence_is_no_pause() {
    double seconds = 0;  // the frames that straddle
    for (const auto& range : pauses(steps({0.5, 0, 0.5}), kRate)) seconds += range.to - range.from;
    QVERIFY2(seconds < 0.03, qPrintable(QString::number(seconds)));
    QVERIFY(pauses({}, kRate).empty());
    QVERIFY(pauses(Signal(kRate), kRate).empty());
  }

  // What is added outside of the pauses leaves the noise floor alone, what is added within raises it.
  void the_noise_floor_is_that_of_the_pauses() {
    const auto reference = steps({0.5, 0.001, 0.5, 0.002, 0.5});
    const auto found = pauses(reference, kRate);
    auto inside = reference, outside = reference;
    for (std::size_t i = 0; i < reference.size(); ++i) {
      const double seconds = static_cast<double>(i) / kRate;
      const auto hiss = static_cast<float>(0.01 * std::sin(2 * std::numbers::pi * 2000 * seconds));
      bool quiet = false;
      for (const auto& range : found) quiet |= seconds >= range.from - 0.01 && seconds < range.to + 0.01;
      (quiet ? inside : outside)[i] += hiss;
    }
    QVERIFY(std::abs(noise_floor_rise(reference, outside, kRate, {1000, 4000})) < 1e-6);
    QVERIFY(noise_floor_rise(reference, inside, kRate, {1000, 4000}) > 20);
  }
};

QTEST_GUILESS_MAIN(TestPauses)
#include "test_pauses.moc"
