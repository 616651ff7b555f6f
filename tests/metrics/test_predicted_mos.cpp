// DNSMOS P.835, beside what PyPI's speechmos 0.0.1.1 says of the same sounds; tests/oracle has it of speech.

#include <QtTest>
#include <cmath>
#include <limits>
#include <random>
#include <stop_token>
#include <vector>

#include "core/error.h"
#include "core/metrics/predicted_mos.h"
#include "core/metrics/sound_comparison.h"
#include "core/metrics/table.h"
#include "tests/metrics/swelling_tone.h"

using namespace octet;
using octet::test::tone;

namespace {

using Signal = std::vector<float>;
constexpr int kRate = 16000;
constexpr std::size_t kSegment = 144160;

/// Two implementations of fp32's convolutions differ by some 1e-6.
bool near(const PredictedMos& actual, const PredictedMos& expected, double tolerance = 1e-4) {
  const bool is_near = std::abs(actual.speech - expected.speech) <= tolerance &&
                       std::abs(actual.background - expected.background) <= tolerance &&
                       std::abs(actual.overall - expected.overall) <= tolerance;
  if (!is_near)
    qWarning("%.7f %.7f %.7f are not %.7f %.7f %.7f", actual.speech, actual.background, actual.overall,
             expected.speech, expected.background, expected.overall);
  return is_near;
}

double value_of(const std::vector<Score>& scores, std::string_view id) {
  const auto found = std::ranges::find(scores, id, &Score::measure);
  return found == scores.end() ? std::nan("") : found->value;
}

}  // namespace

class TestPredictedMos : public QObject {
  Q_OBJECT

  const MosPredictor predict_;

  PredictedMos of(std::span<const float> sound, int rate = kRate) const { return predict_(sound, rate, {}); }

 private Q_SLOTS:
  void scores_are_those_of_speechmos_data() {
    QTest::addColumn<std::vector<float>>("sound");
    QTest::addColumn<std::vector<double>>("expected");
    const auto row = [](const char* name, const Signal& sound, const std::vector<double>& expected) {
      QTest::newRow(name) << sound << expected;
    };
    row("silence", Signal(kSegment), {2.5135649, 3.4724235, 1.8398628});
    row("a segment", tone(kSegment), {2.3891652, 2.8447007, 1.7861600});
    row("doubled until it fills a segment", tone(72100), {2.1954417, 3.3015860, 1.8309525});
  }
  void scores_are_those_of_speechmos() {
    QFETCH(std::vector<float>, sound);
    QFETCH(std::vector<double>, expected);
    QVERIFY(near(of(sound), {expected[0], expected[1], expected[2]}));
  }

  void a_long_sound_is_the_mean_of_its_segments() {
    const auto sound = tone(11 * kRate);
    const auto first = of(std::span(sound).first(kSegment));
    const auto second = of(std::span(sound).subspan(kRate, kSegment));
    QVERIFY(std::abs(first.overall - second.overall) > 1e-3);
    QVERIFY(near(of(sound),
                 {(first.speech + second.speech) / 2, (first.background + second.background) / 2,
                  (first.overall + second.overall) / 2},
                 1e-9));
  }

  void other_rates_are_resampled() {
    // The same tone, of three samples for two; 0.02 is what the filter's ripple and the ends leave.
    QVERIFY(near(of(tone(kSegment * 3 / 2, 1.5), 24000), of(tone(kSegment)), 0.02));
  }

  void segments_are_as_many_as_speechmos_takes_data() {
    QTest::addColumn<int>("samples");
    QTest::addColumn<int>("segments");
    QTest::newRow("one sample, 2^18 times") << 1 << 7;
    QTest::newRow("a sample less than a segment, twice") << int(kSegment) - 1 << 7;
    QTest::newRow("a segment") << int(kSegment) << 1;
    QTest::newRow("a sample less than 11 s") << 11 * kRate - 1 << 1;
    QTest::newRow("11 s") << 11 * kRate << 2;
    // The ends of the 8th to the 24th are rounded down, which is a sample too few.
    QTest::newRow("16 s") << 16 * kRate << 7;
    QTest::newRow("33 s") << 33 * kRate << 7;
    QTest::newRow("34 s") << 34 * kRate << 8;
  }
  /// And it stops between two.
  void segments_are_as_many_as_speechmos_takes() {
    QFETCH(int, samples);
    QFETCH(int, segments);
    std::stop_source stop;
    stop.request_stop();
    int seen = 0;
    const JobControl counting{{}, [&](const Progress& progress) {
                                seen = progress.total;
                                throw Error(ErrorKind::cancelled, "counted");
                              }};
    const Signal sound(static_cast<std::size_t>(samples), 0.5F);
    QVERIFY_THROWS_EXCEPTION(Error, predict_(sound, kRate, counting));
    QCOMPARE(seen, segments);
    QVERIFY_THROWS_EXCEPTION(Error, predict_(sound, kRate, {stop.get_token(), {}}));
  }

  void what_is_no_sound_has_no_score_or_is_refused() {
    QVERIFY(std::isnan(of({}).overall));
    for (const float value :
         {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()})
      QVERIFY_THROWS_EXCEPTION(Error, of(Signal{0, value, 0}));
  }

  void hiss_lowers_what_is_predicted_of_the_background() {
    const auto clean = tone(kSegment);
    auto hissing = clean;
    constexpr unsigned kSeed = 3;
    std::mt19937 generator(kSeed);
    std::normal_distribution<float> normal(0, 0.05F);
    for (auto& sample : hissing) sample += normal(generator);
    const auto compared = compare_sounds({kRate, 1, clean}, {kRate, 1, hissing}, Predictions::made);
    const auto score = [&](const char* id) { return value_of(compared.scores, id); };
    const PredictedMos of_hissing{score("predicted_mos_speech"), score("predicted_mos_background"),
                                  score("predicted_mos_overall")};
    QVERIFY(near(of(hissing), of_hissing, 0));
    QVERIFY(of_hissing.background < 2.8447 - 0.3);  // as above
    QVERIFY(std::abs(score("predicted_mos_change") - (of_hissing.overall - 1.7861600)) < 1e-4);
    QCOMPARE(score("predicted_mos_distilled"), of(hissing).distilled);
    QCOMPARE(score("predicted_mos_distilled_change"), of(hissing).distilled - of(clean).distilled);
  }

  void nothing_is_predicted_unasked() {
    const auto compared = compare_sounds({kRate, 1, tone(1000)}, {kRate, 1, tone(1000)});
    for (const auto& measure : measures())
      if (measure.group == MeasureGroup::predicted)
        QVERIFY(std::ranges::find(compared.scores, measure.id, &Score::measure) == compared.scores.end());
    QVERIFY_THROWS_EXCEPTION(Error, predicted_score("snr", {}, {}));
  }
};

QTEST_GUILESS_MAIN(TestPredictedMos)
#include "test_predicted_mos.moc"
