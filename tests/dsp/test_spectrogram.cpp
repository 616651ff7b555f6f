#include <QtTest>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "core/dsp/frequency_scale.h"
#include "core/dsp/spectrogram.h"

using namespace octet;

namespace {

using Signal = std::vector<float>;
constexpr int kRate = 24000;
constexpr double kHzPerBin = 24000.0 / 1024;

Signal sine(double hz, double amplitude, std::size_t samples = kRate) {
  Signal signal(samples);
  for (std::size_t i = 0; i < samples; ++i)
    signal[i] =
        static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / kRate));
  return signal;
}

double level(const Spectrogram& spectrogram, double seconds, double hz) {
  return static_cast<double>(level_at(spectrogram, seconds, hz).value());
}

bool near(double actual, double expected, double tolerance) {
  const bool is_near = std::abs(actual - expected) <= tolerance;
  if (!is_near) qWarning("%.9g is not %.9g +- %.1g", actual, expected, tolerance);
  return is_near;
}

}  // namespace

class TestSpectrogram : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void frames_and_bins_have_the_widths_of_the_settings() {
    const auto shown = spectrogram(Signal(kRate), kRate);
    QCOMPARE(shown.bins, 513);
    QCOMPARE(shown.frames, 101);
    QCOMPARE(shown.seconds_per_frame, 0.01);
    QCOMPARE(shown.hz_per_bin, kHzPerBin);
    QCOMPARE(shown.db.size(), std::size_t{101 * 513});
  }

  // At the centre of a bin Hann's main lobe gives the amplitude: -6.02 dB for a half, -6.02 less at each
  // neighbour.
  void a_sine_at_a_bin_reads_its_level_there() {
    const double hz = 43 * kHzPerBin;
    const auto shown = spectrogram(sine(hz, 0.5), kRate);
    QVERIFY(near(level(shown, 0.5, hz), -6.0206, 1e-3));
    QVERIFY(near(level(shown, 0.5, hz + kHzPerBin), -12.0412, 1e-3));
    QVERIFY(near(level(shown, 0.5, hz - kHzPerBin), -12.0412, 1e-3));
    QVERIFY(near(level(shown, 0.5, 4 * hz), -100, 1e-3));
  }

  // 1 kHz lies a third of a bin beside one: Hann's lobe is 0.62 dB lower there.
  void one_kilohertz_of_minus_6_dB_peaks_in_its_bin() {
    const auto shown = spectrogram(sine(1000, 0.5), kRate);
    const auto frame = shown.frame(50);
    const auto peak = std::max_element(frame.begin(), frame.end()) - frame.begin();
    QCOMPARE(peak, std::ptrdiff_t{43});
    const double beside = 1000 / kHzPerBin - 43;
    const double lobe =
        std::sin(std::numbers::pi * beside) / (std::numbers::pi * beside * (1 - beside * beside));
    QVERIFY(near(static_cast<double>(frame[43]), -6.0206 + 20 * std::log10(lobe), 0.01));
  }

  // The window reaches 512 samples, 21 ms, to either side of a frame's centre.
  void a_tone_reads_at_its_time() {
    const double hz = 100 * kHzPerBin;
    Signal sound(kRate);
    const auto tone = sine(hz, 0.5, kRate / 2);
    std::copy(tone.begin(), tone.end(), sound.begin() + kRate / 4);
    const auto shown = spectrogram(sound, kRate);
    QVERIFY(near(level(shown, 0.22, hz), -100, 1e-3));
    QVERIFY(near(level(shown, 0.28, hz), -6.0206, 1e-3));
    QVERIFY(near(level(shown, 0.25, hz), -12.04, 0.2));  // half of the window
    QVERIFY(near(level(shown, 0.72, hz), -6.0206, 1e-3));
    QVERIFY(near(level(shown, 0.78, hz), -100, 1e-3));
  }

  // Longer than the piece that is computed at once, 1024 frames: no seam.
  void pieces_join_without_a_seam() {
    const double hz = 43 * kHzPerBin;
    const auto shown = spectrogram(sine(hz, 0.5, 240 * 2100), kRate);
    for (const int frame : {1022, 1023, 1024, 1025, 2047, 2048})
      QVERIFY(near(static_cast<double>(shown.frame(frame)[43]), -6.0206, 1e-3));
  }

  void sounds_of_any_length_are_shown() {
    QCOMPARE(spectrogram({}, kRate).frames, 0);
    QCOMPARE(spectrogram(Signal(1), kRate).frames, 1);
    QCOMPARE(spectrogram(Signal(239, 0.5f), kRate).frames, 1);
    QCOMPARE(spectrogram(Signal(240, 0.5f), kRate).frames, 2);
    QVERIFY(!level_at(spectrogram({}, kRate), 0, 0));
  }

  void a_copy_at_minus_6_dB_differs_by_minus_6_dB() {
    std::mt19937 generator(7);
    std::normal_distribution<float> normal(0, 0.1f);
    Signal sound(kRate), half(kRate);
    for (std::size_t i = 0; i < sound.size(); ++i) half[i] = (sound[i] = normal(generator)) / 2;
    const auto reference = spectrogram(sound, kRate);
    const auto between = difference(reference, spectrogram(half, kRate));
    int floored = 0;  // by chance a bin of noise lies next to the floor
    for (std::size_t i = 0; i < between.db.size(); ++i) {
      if (reference.db[i] < -93)
        ++floored;
      else
        QVERIFY(near(static_cast<double>(between.db[i]), -6.0206, 1e-3));
    }
    QVERIFY2(floored < 10, qPrintable(QString::number(floored)));
  }

  // Without a floor the rounding of one silence against zeros would be tens of dB.
  void silences_do_not_differ() {
    Signal rounded(kRate);
    for (std::size_t i = 0; i < rounded.size(); ++i) rounded[i] = (i * 7919 % 3 == 0) ? 1e-6f : -1e-6f;
    const auto between = difference(spectrogram(Signal(kRate), kRate), spectrogram(rounded, kRate));
    for (const float value : between.db) QCOMPARE(value, 0.0f);
  }

  void a_difference_ends_with_the_shorter_sound() {
    const auto between =
        difference(spectrogram(sine(440, 0.5), kRate), spectrogram(sine(440, 0.5, kRate / 2), kRate));
    QCOMPARE(between.frames, 51);
    QVERIFY(level_at(between, 0.5, 440));
    QVERIFY(!level_at(between, 0.52, 440));
  }

  void frames_of_different_width_are_refused() {
    const Signal sound(kRate);
    QVERIFY_THROWS_EXCEPTION(Error, difference(spectrogram(sound, kRate), spectrogram(sound, kRate / 2)));
  }

  void outside_there_is_no_level() {
    const auto shown = spectrogram(Signal(kRate), kRate);
    QVERIFY(level_at(shown, 0, 0));
    QVERIFY(!level_at(shown, -0.006, 100));
    QVERIFY(!level_at(shown, 1.1, 100));
    QVERIFY(!level_at(shown, 0.5, 12100));
    QVERIFY(!level_at(shown, std::nan(""), 100));
  }

  void a_stop_is_heard() {
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(Error, spectrogram(Signal(kRate), kRate, {}, {stop.get_token(), {}}));
  }

  void frequency_scales_go_back_and_forth() {
    for (const auto scale : {FrequencyScale::mel, FrequencyScale::linear, FrequencyScale::log})
      for (const double hz : {60.0, 440.0, 1000.0, 4000.0, 12000.0})
        QVERIFY(near(frequency_at(scale, position_of(scale, hz)), hz, 1e-9 * hz));
    QVERIFY(near(position_of(FrequencyScale::mel, 1000), 15, 1e-9));  // Slaney
    QVERIFY(near(position_of(FrequencyScale::mel, 6400), 42, 1e-9));
    QVERIFY(near(position_of(FrequencyScale::log, 400) - position_of(FrequencyScale::log, 200), 1, 1e-9));
    QCOMPARE(position_of(FrequencyScale::log, 0), 0.0);
  }
};

QTEST_GUILESS_MAIN(TestSpectrogram)
#include "test_spectrogram.moc"
