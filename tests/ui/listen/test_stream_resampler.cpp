#include <QTest>
#include <cmath>
#include <numbers>

#include "ui/listen/stream_resampler.h"

namespace {

using octet::ui::resampled;
using octet::ui::StreamResampler;

std::vector<float> sine(int count, int rate, double hertz) {
  std::vector<float> samples(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * hertz * double(i) / rate));
  return samples;
}

}  // namespace

class StreamResamplerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void a_tone_stays_the_tone_it_was_and_where_it_was_data() {
    QTest::addColumn<int>("from");
    QTest::addColumn<int>("to");
    for (const auto& [from, to] :
         {std::pair(24000, 48000), {24000, 44100}, {24000, 96000}, {24000, 16000}, {44100, 24000}})
      QTest::addRow("%d to %d", from, to) << from << to;
  }

  // Against the tone itself at the new rate: any delay, gain, alias or rounding shows.
  void a_tone_stays_the_tone_it_was_and_where_it_was() {
    QFETCH(int, from);
    QFETCH(int, to);
    const double hertz = 0.4 * std::min(from, to);
    const auto out = resampled(sine(from, from, hertz), from, to);
    QCOMPARE(static_cast<int>(out.size()), to);
    const auto expected = sine(to, to, hertz);
    double worst = 0;
    for (std::size_t i = static_cast<std::size_t>(to) / 10;
         i < out.size() - static_cast<std::size_t>(to) / 10; ++i)
      worst = std::max(worst, std::abs(double(out[i]) - expected[i]));
    QVERIFY2(worst < 0.5 * 1e-3, qPrintable(QString::number(worst)));
  }

  void what_the_new_rate_cannot_hold_is_gone() {
    const auto out = resampled(sine(48000, 48000, 14000), 48000, 24000);
    double loudest = 0;
    for (std::size_t i = 2400; i < out.size() - 2400; ++i)
      loudest = std::max(loudest, std::abs(double(out[i])));
    QVERIFY2(loudest < 0.5 * 1e-4, qPrintable(QString::number(loudest)));  // -80 dB
  }

  void blocks_of_any_size_make_the_same_sound() {
    const auto source = sine(24000, 24000, 1234);
    const auto pulled = [&](int block) {
      std::size_t at = 0;
      StreamResampler resampler(24000, 44100, [&](std::span<float> out) {
        for (float& value : out) value = source[at++];
      });
      std::vector<float> out(30000);
      for (std::size_t begin = 0; begin < out.size(); begin += static_cast<std::size_t>(block))
        resampler.pull(std::span(out).subspan(
            begin, std::min<std::size_t>(static_cast<std::size_t>(block), out.size() - begin)));
      return out;
    };
    QVERIFY(pulled(30000) == pulled(1));
    QVERIFY(pulled(30000) == pulled(441));
  }
};

QTEST_GUILESS_MAIN(StreamResamplerTest)
#include "test_stream_resampler.moc"
