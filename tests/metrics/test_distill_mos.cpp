// DistillMOS, beside what PyPI's distillmos 0.9.1 says of the same sounds; tests/oracle has it of speech.

#include <QtTest>
#include <cmath>
#include <limits>
#include <stop_token>
#include <vector>

#include "core/error.h"
#include "core/metrics/distill_mos.h"
#include "tests/metrics/swelling_tone.h"

using namespace octet;
using octet::test::tone;

namespace {

using Signal = std::vector<float>;
constexpr int kRate = 16000;
constexpr std::size_t kSegment = 122880;

}  // namespace

class TestDistillMos : public QObject {
  Q_OBJECT

  const DistillMos predict_;

  double of(std::span<const float> sound, int rate = kRate) const { return predict_(sound, rate, {}); }

 private Q_SLOTS:
  void scores_are_those_of_distillmos_data() {
    QTest::addColumn<std::vector<float>>("sound");
    QTest::addColumn<double>("expected");
    QTest::newRow("silence") << Signal(kSegment) << 1.9690435;
    QTest::newRow("a segment") << tone(kSegment) << 1.6151941;
    QTest::newRow("with silence behind") << tone(50000) << 1.5279448;
    QTest::newRow("one sample") << Signal{0.5F} << 1.8193882;
    QTest::newRow("two that are a sample apart") << tone(kSegment + 1) << 1.6161296;
    QTest::newRow("three, half of 1 s and a sample apart") << tone(kSegment + kRate + 1) << 1.5995564;
  }
  void scores_are_those_of_distillmos() {
    QFETCH(std::vector<float>, sound);
    QFETCH(double, expected);
    const double score = of(sound);
    // Weights rounded to fp16 moved the score of 22 clips by 0.0003 at most.
    QVERIFY2(std::abs(score - expected) < 1e-3, qPrintable(QString::number(score, 'f', 7)));
  }

  void how_loud_it_is_does_not_matter() {
    auto quiet = tone(kSegment);
    for (auto& sample : quiet) sample /= 64;
    // A power of two, but for what is added to the loudest sample: other rounding in bins that hold nothing
    // else, which compressing lifts.
    const double change = std::abs(of(quiet) - of(tone(kSegment)));
    QVERIFY2(change < 0.02, qPrintable(QString::number(change)));
  }

  void other_rates_are_resampled() {
    // The same tone, of three samples for two; 0.02 is what the filter's ripple and the ends leave.
    QVERIFY(std::abs(of(tone(kSegment * 3 / 2, 1.5), 24000) - of(tone(kSegment))) < 0.02);
  }

  void segments_are_as_many_as_distillmos_takes_data() {
    QTest::addColumn<int>("samples");
    QTest::addColumn<int>("segments");
    QTest::newRow("a segment") << int(kSegment) << 1;
    QTest::newRow("a sample more") << int(kSegment) + 1 << 2;
    QTest::newRow("1 s more") << int(kSegment) + kRate << 2;
    QTest::newRow("1 s and a sample more") << int(kSegment) + kRate + 1 << 3;
  }
  /// And it stops between two.
  void segments_are_as_many_as_distillmos_takes() {
    QFETCH(int, samples);
    QFETCH(int, segments);
    int seen = 0;
    const JobControl counting{{}, [&](const Progress& progress) {
                                seen = progress.total;
                                throw Error(ErrorKind::cancelled, "counted");
                              }};
    const Signal sound(static_cast<std::size_t>(samples), 0.5F);
    QVERIFY_THROWS_EXCEPTION(Error, predict_(sound, kRate, counting));
    QCOMPARE(seen, segments);
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(Error, predict_(sound, kRate, {stop.get_token(), {}}));
  }

  void what_is_no_sound_has_no_score_or_is_refused() {
    QVERIFY(std::isnan(of({})));
    for (const float value :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
      QVERIFY_THROWS_EXCEPTION(Error, of(Signal{0, value, 0}));
  }
};

QTEST_GUILESS_MAIN(TestDistillMos)
#include "test_distill_mos.moc"
