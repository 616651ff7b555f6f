#include <QtTest>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "core/metrics/clicks.h"
#include "core/metrics/clipping.h"
#include "core/metrics/constant_offset.h"
#include "core/metrics/loudness.h"
#include "core/metrics/noise_under_speech.h"
#include "core/metrics/pitch.h"
#include "core/metrics/pitch_difference.h"
#include "core/metrics/si_sdr.h"
#include "core/metrics/third_octave_snr.h"
#include "core/metrics/token_agreement.h"

using namespace octet;

namespace {

using Signal = std::vector<float>;

Signal sine(double hz, double amplitude, int rate, double seconds) {
  Signal signal(static_cast<std::size_t>(rate * seconds));
  for (std::size_t i = 0; i < signal.size(); ++i)
    signal[i] =
        static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate));
  return signal;
}

/// Ten harmonics, each weaker than the one before: what a voice is to a pitch tracker.
Signal voice(double hz, int rate, double seconds) {
  Signal signal(static_cast<std::size_t>(rate * seconds));
  for (int harmonic = 1; harmonic <= 10; ++harmonic) {
    const auto part = sine(harmonic * hz, 0.2 / harmonic, rate, seconds);
    for (std::size_t i = 0; i < signal.size(); ++i) signal[i] += part[i];
  }
  return signal;
}

Signal hiss(double deviation, std::size_t samples) {
  constexpr unsigned kSeed = 11;
  std::mt19937 generator(kSeed);
  std::normal_distribution<double> normal(0, deviation);
  Signal signal(samples);
  for (float& value : signal) value = static_cast<float>(normal(generator));
  return signal;
}

Signal sum(Signal a, const Signal& b) {
  for (std::size_t i = 0; i < a.size(); ++i) a[i] += b[i];
  return a;
}

bool near(double actual, double expected, double tolerance) {
  const bool is_near = std::abs(actual - expected) <= tolerance;
  if (!is_near) qWarning("%.9g is not %.9g +- %.1g", actual, expected, tolerance);
  return is_near;
}

}  // namespace

/// Measures whose values can be told beforehand; tests/oracle holds the others against public programs.
class TestLevels : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// ITU-R BS.2217: a sine of 997 Hz at 0 dBFS has -3.01 LUFS, whatever the rate.
  void a_sine_has_the_loudness_of_the_recommendation_data() {
    QTest::addColumn<int>("rate");
    for (const int rate : {8000, 16000, 24000, 44100, 48000}) QTest::addRow("%d", rate) << rate;
  }
  void a_sine_has_the_loudness_of_the_recommendation() {
    QFETCH(int, rate);
    // 0.05: the shelf made for a low rate bends a little
    QVERIFY(near(loudness(sine(997, 1, rate, 3), rate), -3.01, 0.05));
    QVERIFY(near(loudness(sine(997, 0.1, rate, 3), rate), -23.01, 0.05));
  }

  void pauses_do_not_make_it_quieter() {
    auto sound = sine(997, 0.1, 48000, 5);
    const double alone = loudness(sound, 48000);
    const auto pause = hiss(1e-3, 5 * 48000);  // above the absolute gate: the relative one leaves it out
    sound.insert(sound.end(), pause.begin(), pause.end());
    QVERIFY(near(loudness(sound, 48000), alone, 0.2));  // two blocks on the edge
  }

  void what_has_no_loudness_is_not_defined() {
    QVERIFY(std::isnan(loudness({}, 48000)));
    QVERIFY(std::isnan(loudness(sine(997, 1, 48000, 0.39), 48000)));
    QVERIFY(std::isnan(loudness(Signal(48000), 48000)));
    QVERIFY(std::isnan(loudness(sine(997, 1, 3999, 3), 3999)));
  }

  void a_gain_is_a_difference_of_loudness() {
    const auto quiet = voice(150, 24000, 2), loud = sum(quiet, quiet);
    QVERIFY(near(loudness_difference(quiet, loud, 24000), 6.0206, 1e-4));
  }

  void clipped_samples_are_counted_in_percent() {
    auto sound = sine(100, 0.5, 24000, 1);
    QCOMPARE(clipping(sound, sound, 24000), 0.0);
    std::fill_n(sound.begin(), 240, 1.0f);
    QVERIFY(near(clipping(sound, sound, 24000), 1, 1e-9));
    std::fill_n(sound.begin() + 3, 237, 0.0f);  // three samples are a peak
    QCOMPARE(clipping(sound, sound, 24000), 0.0);
  }

  void a_constant_is_its_mean() {
    const Signal up(1000, 0.03f);
    QVERIFY(near(constant_offset(up, up, 24000), 3, 1e-5));
    const Signal down(1000, -0.01f);
    QVERIFY(near(constant_offset(up, down, 24000), -1, 1e-5));
  }

  void clicks_are_counted_and_speech_and_hiss_are_none_data() {
    QTest::addColumn<int>("rate");
    for (const int rate : {8000, 16000, 24000, 48000}) QTest::addRow("%d", rate) << rate;
  }
  void clicks_are_counted_and_speech_and_hiss_are_none() {
    QFETCH(int, rate);
    const auto reference = sum(voice(120, rate, 2), hiss(0.001, 2 * static_cast<std::size_t>(rate)));
    auto test = sum(reference, hiss(0.001, reference.size()));
    QCOMPARE(clicks(reference, test, rate), 0.0);
    for (const double seconds : {0.3, 0.7, 1.1, 1.9}) test[static_cast<std::size_t>(seconds * rate)] += 0.3f;
    QCOMPARE(clicks(reference, test, rate), 2.0);  // four in two seconds
    QCOMPARE(clicks(test, test, rate), 0.0);       // its own
    auto late = test;
    std::rotate(late.begin(), late.end() - rate / 100, late.end());
    QCOMPARE(clicks(test, late, rate), 2.0);
  }

  /// 20 dB under a sine, and the gain does not matter.
  void si_sdr_does_not_hear_a_gain() {
    const auto reference = sine(1000, 0.5, 24000, 1), noise = sine(3000, 0.05, 24000, 1);
    auto test = sum(reference, noise);
    QVERIFY(near(scale_invariant_sdr(reference, test, 24000), 20, 1e-4));
    for (auto& sample : test) sample *= -0.25f;
    QVERIFY(near(scale_invariant_sdr(reference, test, 24000), 20, 1e-4));
    QCOMPARE(scale_invariant_sdr(reference, reference, 24000), 200.0);
    QVERIFY(std::isnan(scale_invariant_sdr(reference, Signal(24000), 24000)));
    QVERIFY(std::isnan(scale_invariant_sdr(Signal(24000, 0.5f), reference, 24000)));
  }

  /// Noise at 3150 Hz is in the band of 3162 Hz, and nowhere else.
  void the_worst_third_octave_is_where_the_noise_is() {
    const auto reference = sum(sine(1000, 0.5, 24000, 1), sine(3150, 0.1, 24000, 1));
    const auto bands = third_octave_snr(reference, sum(reference, sine(3150, 0.01, 24000, 1)), 24000);
    QCOMPARE(bands.size(), std::size_t{2});
    QVERIFY(near(bands[0].centre, 1000, 1e-6) && bands[0].snr > 60);
    QVERIFY(near(bands[1].centre, 3162.28, 0.01));
    QVERIFY(near(bands[1].snr, 20, 1e-3));
  }

  /// Half a second of a tone, half of almost nothing: what is added to the tone alone is heard in full.
  void noise_under_speech_is_not_that_of_pauses() {
    auto reference = sine(500, 0.5, 24000, 0.5);
    const auto pause = hiss(1e-4, 12000);
    auto under = sum(reference, sine(2000, 0.01, 24000, 0.5)), beside = reference;
    reference.insert(reference.end(), pause.begin(), pause.end());
    under.insert(under.end(), pause.begin(), pause.end());
    beside.insert(beside.end(), pause.begin(), pause.end());
    for (std::size_t i = 12600; i < beside.size(); ++i) beside[i] += 0.01f;
    // a sine of 0.01 has -43.01 dB; two frames of 50 reach into the pause
    QVERIFY(near(noise_under_speech(reference, under, 24000), -43.01, 0.3));
    QVERIFY(noise_under_speech(reference, beside, 24000) < -100);
    QVERIFY(near(noise_under_speech(reference, reference, 24000), -140, 1e-9));
    QVERIFY(std::isnan(noise_under_speech(Signal(24000), reference, 24000)));
  }

  void pitch_is_that_of_the_voice_data() {
    QTest::addColumn<int>("rate");
    QTest::addColumn<double>("hz");
    for (const int rate : {8000, 16000, 24000, 48000})
      for (const double hz : {60.0, 123.4, 220.0, 440.0}) QTest::addRow("%g at %d", hz, rate) << rate << hz;
  }
  void pitch_is_that_of_the_voice() {
    QFETCH(int, rate);
    QFETCH(double, hz);
    const auto found = pitch(voice(hz, rate, 0.5), rate);
    QVERIFY(found.size() > 40);
    const double cents = std::max(3.0, 1200 * std::log2(1 + 0.1 * hz / rate));  // a tenth of a sample
    for (const double one : found) QVERIFY(near(1200 * std::log2(one / hz), 0, cents));
    for (const double one : pitch(hiss(0.1, static_cast<std::size_t>(rate)), rate)) QCOMPARE(one, 0.0);
  }

  void a_quarter_tone_is_fifty_cents() {
    const auto low = voice(200, 24000, 1), high = voice(200 * std::pow(2, 50.0 / 1200), 24000, 1);
    QVERIFY(near(pitch_difference(low, high, 24000), 50, 0.5));
    QCOMPARE(voicing_error(low, high, 24000), 0.0);
    auto half = low;
    std::fill(half.begin() + 12000, half.end(), 0.0f);
    QVERIFY(near(voicing_error(low, half, 24000), 50, 3));  // frames that reach over the edge
    QVERIFY(std::isnan(pitch_difference(low, Signal(24000), 24000)));
    QVERIFY(std::isnan(voicing_error({}, {}, 24000)));
  }

  void tokens_agree_by_place() {
    const std::vector<std::int64_t> one{1, 2, 3, 4}, other{1, 5, 3}, none;
    QCOMPARE(token_agreement(one, other), 50.0);
    QCOMPARE(token_agreement(one, one), 100.0);
    QVERIFY(std::isnan(token_agreement(none, none)));
  }
};

QTEST_APPLESS_MAIN(TestLevels)
#include "test_levels.moc"
