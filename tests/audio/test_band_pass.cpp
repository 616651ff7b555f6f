// A band of a sound, where it was. Needs no Torch.

#include <QTest>
#include <cmath>
#include <numbers>

#include "core/audio/band_pass.h"

using namespace octet;

namespace {

constexpr int kRate = 24000;

std::vector<float> sine(double hertz) {
  std::vector<float> samples(4096);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<float>(std::sin(2 * std::numbers::pi * hertz * double(i) / kRate));
  return samples;
}

}  // namespace

class BandPassTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // Within the band every sample is what it was, in its place; half an edge and more beyond it nothing is.
  void a_tone_within_stays_to_the_sample_and_one_beyond_goes_data() {
    QTest::addColumn<double>("hertz");
    QTest::addColumn<bool>("within");
    for (const double hertz : {1200.0, 2500.0, 3800.0}) QTest::addRow("%g Hz", hertz) << hertz << true;
    for (const double hertz : {100.0, 800.0, 4200.0, 9000.0}) QTest::addRow("%g Hz", hertz) << hertz << false;
  }
  void a_tone_within_stays_to_the_sample_and_one_beyond_goes() {
    QFETCH(const double, hertz);
    QFETCH(const bool, within);
    const auto taps = band_pass({1000, 4000}, kRate);
    const auto tone = sine(hertz);
    for (std::int64_t at = 1000; at < 1100; ++at) {
      const double wanted = within ? static_cast<double>(tone[static_cast<std::size_t>(at)]) : 0;
      // 60 dB: the window leaves 75 beyond its edges, and ripples as much within.
      QVERIFY(std::abs(static_cast<double>(filtered(tone, taps, at)) - wanted) < 1e-3);
    }
  }

  void beyond_the_sound_are_zeros() {
    const auto taps = band_pass({1000, 4000}, kRate);
    const std::vector<float> click{1};
    const auto middle = static_cast<std::int64_t>(taps.size() / 2);
    for (std::int64_t at = -middle; at <= middle; ++at)
      QCOMPARE(filtered(click, taps, at), taps[static_cast<std::size_t>(middle - at)]);
    QCOMPARE(filtered(click, taps, middle + 1), 0.0F);
    QCOMPARE(filtered(click, taps, -middle - 1), 0.0F);
  }
};

QTEST_GUILESS_MAIN(BandPassTest)
#include "test_band_pass.moc"
