#include <ATen/ATen.h>

#include <QtTest>
#include <cmath>
#include <numbers>
#include <random>
#include <vector>

#include "core/dsp/log_mel.h"
#include "core/metrics/level_difference.h"
#include "core/metrics/log_spectral_distance.h"
#include "core/metrics/mel_cosine.h"
#include "core/metrics/mr_stft.h"
#include "core/metrics/noise_floor.h"
#include "core/metrics/segmental_snr.h"
#include "core/metrics/snr.h"
#include "core/metrics/speaker_cosine.h"
#include "core/metrics/table.h"
#include "tests/dsp/test_signal.h"

using namespace octet;

namespace {

using Signal = std::vector<float>;
constexpr int kRate = 24000;
constexpr double kDoubling = 6.020599913;  // dB

Signal sine(double hz, double amplitude, std::size_t samples = kRate) {
  Signal signal(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    signal[i] =
        static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / kRate));
  }
  return signal;
}

Signal white_noise(double deviation, std::size_t samples = kRate) {
  constexpr unsigned kSeed = 7;
  std::mt19937 generator(kSeed);
  std::normal_distribution<double> normal(0, deviation);
  Signal signal(samples);
  for (float& value : signal) value = static_cast<float>(normal(generator));
  return signal;
}

Signal sum(const Signal& a, const Signal& b, float gain = 1) {
  Signal result(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) result[i] = a[i] + gain * b[i];
  return result;
}

Signal scaled(const Signal& a, float gain) { return sum(Signal(a.size()), a, gain); }

/// Half a second of a loud tone, one second of `pause`, and so four times.
Signal speech_like(const Signal& pause) {
  const Signal tone = sine(440, 0.5, kRate / 2);
  Signal signal;
  for (int i = 0; i < 4; ++i) {
    signal.insert(signal.end(), tone.begin(), tone.end());
    signal.insert(signal.end(), pause.begin(), pause.end());
  }
  return signal;
}

bool near(double actual, double expected, double tolerance) {
  const bool is_near = std::abs(actual - expected) <= tolerance;
  if (!is_near) qWarning("%.9g is not %.9g +- %.1g", actual, expected, tolerance);
  return is_near;
}

constexpr FrequencyBand kHissBand{1000, 4000};

}  // namespace

class TestMeasures : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  /// And of measures whose score is the test's own, or a ratio to nothing, none is said.
  void what_a_signal_scores_against_itself_is_known() {
    const auto signal = speech_like(white_noise(1e-3));
    for (const auto& measure : measures()) {
      const double same = score_of_itself(measure);
      if (std::isnan(same) || !measure.compute) continue;
      const double score = measure.compute(signal, signal, kRate);
      QVERIFY2(std::isnan(score) || std::abs(score - same) < 1e-5, std::string(measure.id).c_str());
    }
    for (const auto* id : {"snr", "noise_under_speech", "noise_floor_1_4k", "clipping", "constant_offset",
                           "predicted_mos_change"})
      QVERIFY2(std::isnan(score_of_itself(measure_called(id))), id);
    QCOMPARE(score_of_itself(measure_called("speaker_cosine")), 1.0);
    QCOMPARE(score_of_itself(measure_called("token_agreement")), 100.0);
    QCOMPARE(score_of_itself(measure_called("pitch_difference")), 0.0);
  }

  // Two sines of whole periods are orthogonal: amplitudes 1 : 0.1 are 20 dB, up to the rounding of fp32
  // samples.
  void snr_of_a_sine_and_a_tenth_of_another_is_20_dB() {
    const Signal reference = sine(2000, 0.5);
    QVERIFY(near(signal_to_noise(reference, sum(reference, sine(2500, 0.05)), kRate), 20, 1e-4));
  }

  void snr_between_1_and_4_kHz_hears_only_that_band() {
    const Signal reference = sine(2000, 0.5);
    const Signal noisy = sum(reference, sine(2500, 0.05));
    QVERIFY(near(signal_to_noise_1_to_4_khz(reference, noisy, kRate), 20, 1e-4));
    for (const double outside : {900.0, 4100.0}) {
      QVERIFY(signal_to_noise_1_to_4_khz(reference, sum(reference, sine(outside, 0.05)), kRate) > 100);
    }
  }

  void snr_of_a_difference_that_nobody_hears_is_that_of_none() {
    Signal reference = sine(2000, 0.5);
    reference[0] = 0;
    Signal test = reference;
    test[0] = 1e-30f;
    QVERIFY(near(signal_to_noise(reference, test, kRate), 200, 0));
    QVERIFY(near(signal_to_noise(test, scaled(test, 1e30f), kRate), -200, 0));
  }

  void snr_of_silence() {
    const Signal silence(kRate);
    const Signal tone = sine(2000, 0.5);
    QVERIFY(std::isnan(signal_to_noise(silence, tone, kRate)));
    QVERIFY(std::isnan(signal_to_noise_1_to_4_khz(silence, tone, kRate)));
    QVERIFY(std::isnan(segmental_snr(silence, tone, kRate)));
    QVERIFY(near(signal_to_noise(tone, silence, kRate), 0, 1e-9));
  }

  // Test = g * reference has (1 - g)^-2 in every frame.
  void segmental_snr_of_a_gain() {
    const Signal reference = white_noise(0.1);
    QVERIFY(near(segmental_snr(reference, scaled(reference, 0.9f), kRate), 20, 1e-4));
    QVERIFY(near(segmental_snr(reference, scaled(reference, -1), kRate), -kDoubling, 1e-5));
    QVERIFY(near(segmental_snr(reference, scaled(reference, -9), kRate), -10, 0));
    QVERIFY(near(segmental_snr(reference, scaled(reference, 0.999f), kRate), 35, 0));
  }

  void segmental_snr_leaves_out_frames_40_dB_down() {
    const Signal loud = white_noise(0.1);
    for (const auto& [level, expected_to_count] : {std::pair{0.003f, true}, {0.0003f, false}}) {
      Signal reference = loud;
      Signal test = scaled(loud, 0.9f);
      const Signal quiet = scaled(loud, level / 0.1f);
      reference.insert(reference.end(), quiet.begin(), quiet.end());
      test.insert(test.end(), quiet.begin(), quiet.end());
      const double ratio = segmental_snr(reference, test, kRate);
      // Quiet frames are without error (35 dB); half of the frames, when they count.
      QVERIFY(near(ratio, expected_to_count ? 27.5 : 20, 0.2));
    }
  }

  void log_spectral_distance_of_a_doubling_is_6_dB() {
    const Signal reference = white_noise(0.1, 42 * kRate);  // more frames than fit one block
    QVERIFY(near(log_spectral_distance(reference, scaled(reference, 2), kRate), kDoubling, 1e-5));
    QVERIFY(near(log_spectral_distance(scaled(reference, 2), reference, kRate), kDoubling, 1e-5));
  }

  // A doubling of half the frames counts half (one frame straddles).
  void log_spectral_distance_is_the_mean_over_frames() {
    const Signal half = white_noise(0.1);
    Signal reference = half;
    Signal test = half;
    const Signal twice = scaled(half, 2);
    reference.insert(reference.end(), half.begin(), half.end());
    test.insert(test.end(), twice.begin(), twice.end());
    QVERIFY(near(log_spectral_distance(reference, test, kRate), kDoubling / 2, 0.05));
  }

  void log_spectral_distance_of_silence_is_finite() {
    const Signal silence(kRate);
    QCOMPARE(log_spectral_distance(silence, silence, kRate), 0.0);
    // Noise of -60 dB is spread over the bins: 10 log10(6 sigma^2 / 1024) + 120 dB, about 37.7 less what the
    // logarithm of a chi-square with two degrees of freedom takes (2.5 dB), and its spread in the square
    // mean.
    const double distance = log_spectral_distance(silence, white_noise(1e-3), kRate);
    QVERIFY(near(distance, std::hypot(10 * std::log10(6e-6 / 1024) + 120 - 2.51, 5.57), 0.3));
  }

  // auraloss 0.4.0, MultiResolutionSTFTLoss()(t, r) in fp64 for r = noise(250000) of
  // tests/dsp/make_goldens.py and t = r.flip(1) / 2 + r / 4.
  void mr_stft_equals_auraloss() {
    const at::Tensor noise = golden_noise(250000);
    const at::Tensor other = (noise.flip(1) / 2 + noise / 4).contiguous();
    const auto values = [](const at::Tensor& t) {
      return std::span(t.data_ptr<float>(), std::size_t(t.numel()));
    };
    QVERIFY(near(mr_stft(values(noise), values(other), kRate), 1.893266531935956, 1e-5));
  }

  // Doubling adds log 2 to every value above the floor.
  void mel_cosine_of_a_doubling() {
    const Signal reference = sum(sine(440, 0.2), white_noise(1e-3));
    const at::Tensor sound = at::tensor(reference).unsqueeze(0);
    const at::Tensor r = (prompt_log_mel(sound) - std::log(1e-5)).to(at::kDouble);
    const at::Tensor t = r + std::log(2.0);
    const double expected = ((r * t).sum() / (r.norm() * t.norm())).item<double>();
    QVERIFY2(expected < 0.9998, qPrintable(QString::number(expected, 'g', 9)));
    QVERIFY(near(mel_cosine(reference, scaled(reference, 2), kRate), expected, 1e-5));
  }

  void mel_cosine_of_silence_is_not_defined() {
    QVERIFY(std::isnan(mel_cosine(Signal(kRate), white_noise(0.1), kRate)));
    QVERIFY(std::isnan(mel_cosine(white_noise(0.1), Signal(kRate), kRate)));
  }

  // The same two tones, sampled at 24 and at 48 kHz; they meet in the filter's rolloff and at the ends only.
  void mel_cosine_is_taken_at_24_kHz() {
    const auto compare = [](double one_khz, std::size_t samples, int rate) {
      const Signal tone = sine(one_khz, 0.2, samples);
      return mel_cosine(tone, sum(tone, sine(5 * one_khz, 0.2, samples)), rate);
    };
    const double at_24 = compare(1000, kRate, kRate);
    const double misread = compare(500, 2 * kRate, kRate);
    const double at_48 = compare(500, 2 * kRate, 2 * kRate);
    QVERIFY(near(at_48, at_24, 0.003));
    QVERIFY2(std::abs(misread - at_24) > 0.01, qPrintable(QString("%1 %2").arg(misread).arg(at_24)));
  }

  // White noise of -60 dB has a quarter of its power between 1 and 4 of 12 kHz; the median of a frame's power
  // (80 degrees of freedom) lies 0.04 dB under the mean, its error over 400 frames is about 0.05 dB.
  void noise_floor_of_white_noise_in_pauses() {
    const Signal reference = speech_like(white_noise(1e-3));
    QVERIFY(near(noise_floor(reference, reference, kRate, kHissBand), -66.02 - 0.04, 0.2));
    QVERIFY(near(noise_floor(reference, reference, kRate, {4000, 8000}), -60 - 4.77 - 0.03, 0.2));
  }

  void noise_floor_rises_by_what_is_added_in_pauses() {
    const Signal noise = white_noise(1e-3);
    const Signal reference = speech_like(noise);
    const Signal louder = speech_like(scaled(noise, 10));
    QVERIFY(near(noise_floor_rise(reference, louder, kRate, kHissBand), 20, 1e-3));
    QVERIFY(near(noise_floor_rise(louder, reference, kRate, kHissBand), -20, 1e-3));
    const Signal hiss_above = speech_like(sum(noise, sine(6000, 0.01)));
    QVERIFY(near(noise_floor_rise(reference, hiss_above, kRate, kHissBand), 0, 0.01));
    QVERIFY(noise_floor_rise(reference, hiss_above, kRate, {4000, 8000}) > 10);
  }

  void noise_floor_needs_pauses_that_are_not_digital_silence() {
    const Signal noise = white_noise(0.1);
    QVERIFY(std::isnan(noise_floor(noise, noise, kRate, kHissBand)));
    // Loud and quiet frames only, and zeros between: the frames that straddle are too few.
    const Signal cut = speech_like(Signal(kRate));
    const double floor = noise_floor(cut, cut, kRate, kHissBand);
    QVERIFY2(std::isnan(floor), qPrintable(QString::number(floor)));
    const Signal reference = speech_like(white_noise(1e-3));
    QVERIFY(near(noise_floor(reference, Signal(reference.size()), kRate, kHissBand), -140, 1e-9));
    QVERIFY(std::isnan(noise_floor(reference, reference, kRate, {12000, 16000})));
  }

  void level_difference_of_a_halving_is_minus_6_dB() {
    const Signal reference = white_noise(0.1);
    QVERIFY(near(level_difference(reference, scaled(reference, 0.5f), kRate), -kDoubling, 1e-6));
    QVERIFY(std::isnan(level_difference(reference, Signal(kRate), kRate)));
  }

  void speaker_cosine_of_an_eighth_turn() {
    const Signal a{1, 0};
    const Signal b{3, 3};
    QVERIFY(near(speaker_cosine(a, b), std::numbers::sqrt2 / 2, 1e-9));
    QVERIFY(std::isnan(speaker_cosine(a, Signal{0, 0})));
  }

  void every_measure_data() {
    QTest::addColumn<int>("index");
    for (std::size_t i = 0; i < measures().size(); ++i) {
      if (measures()[i].compute) QTest::newRow(std::string(measures()[i].id).c_str()) << static_cast<int>(i);
    }
  }

  /// The best value for identical signals, the common part of unequal ones, and no infinity for what is too
  /// short.
  void every_measure() {
    QFETCH(int, index);
    const Measure& measure = measures()[static_cast<std::size_t>(index)];
    const Signal reference = speech_like(white_noise(1e-3));
    const Signal test = speech_like(white_noise(2e-3));
    const double same = measure.compute(reference, reference, kRate);
    const double other = measure.compute(reference, test, kRate);
    QVERIFY(std::isfinite(other));
    // Those of the test's own say the same of both; a tone keeps its pitch and does not click.
    const bool of_the_test =
        measure.unit == "dBFS" || measure.id == "clipping" || measure.id == "constant_offset";
    const bool untouched =
        measure.id == "clipping" || measure.id == "clicks" || measure.id == "voicing_error";
    if (measure.better != Better::higher && !of_the_test) QCOMPARE(same, 0.0);
    if (measure.better == Better::lower) QVERIFY(untouched ? other == same : other > same);
    if (measure.better == Better::higher) QVERIFY(other < same);

    Signal longer = test;
    longer.resize(test.size() + 1000, 0.5f);
    QCOMPARE(measure.compute(reference, longer, kRate), other);

    for (const std::size_t samples : {0u, 1u, 2u, 100u, 700u, 721u, 1025u}) {
      const Signal shorter(reference.begin(), reference.begin() + static_cast<std::ptrdiff_t>(samples));
      for (const int rate : {50, 8000, kRate, 44100}) {
        QVERIFY(!std::isinf(measure.compute(shorter, shorter, rate)));
        QVERIFY(!std::isinf(measure.compute(shorter, Signal(samples), rate)));
      }
    }
  }
};

QTEST_GUILESS_MAIN(TestMeasures)
#include "test_measures.moc"
