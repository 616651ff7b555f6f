#include <QTest>
#include <cmath>
#include <random>

#include "tests/random_seed.h"
#include "ui/sound/waveform_peaks.h"

using octet::ui::WaveformPeaks;

class WaveformPeaksTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void every_stretch_is_that_of_its_samples() {
    const auto seed = octet::test::random_seed();
    std::mt19937 random(seed);
    for (const std::size_t size : {1u, 63u, 64u, 65u, 5000u, 100000u}) {
      std::vector<float> samples(size);
      for (auto& sample : samples) sample = std::uniform_real_distribution<float>(-1, 1)(random);
      const WaveformPeaks peaks(samples);
      for (int i = 0; i < 300; ++i) {
        auto begin = random() % size, end = random() % (size + 1);
        if (begin > end) std::swap(begin, end);
        if (i == 0) begin = 0, end = size;
        float lowest = 0, highest = 0;
        double energy = 0;
        for (auto at = begin; at < end; ++at) {
          lowest = at == begin ? samples[at] : std::min(lowest, samples[at]);
          highest = at == begin ? samples[at] : std::max(highest, samples[at]);
          energy += double(samples[at]) * samples[at];
        }
        const auto found =
            peaks.of(samples, static_cast<std::int64_t>(begin), static_cast<std::int64_t>(end));
        QCOMPARE(found.lowest, lowest);
        QCOMPARE(found.highest, highest);
        const double rms = begin < end ? std::sqrt(energy / double(end - begin)) : 0;
        QVERIFY(std::abs(found.rms - rms) < 1e-6);
      }
    }
  }

  void what_lies_outside_the_sound_does_not_count() {
    const std::vector<float> samples{0.5f, -0.25f};
    const WaveformPeaks peaks(samples);
    QCOMPARE(peaks.of(samples, -10, 10).highest, 0.5f);
    QCOMPARE(peaks.of(samples, -10, 1).lowest, 0.5f);
    QCOMPARE(peaks.of(samples, 2, 10).highest, 0.0f);
    QCOMPARE(WaveformPeaks(std::span<const float>()).of({}, 0, 10).rms, 0.0f);
  }
};

QTEST_GUILESS_MAIN(WaveformPeaksTest)
#include "test_waveform_peaks.moc"
