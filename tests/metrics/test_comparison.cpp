// What compare_runs holds against what, on the demo voice.

#include <QtTest>

#include "core/metrics/comparison.h"
#include "core/metrics/speaker_cosine.h"
#include "core/metrics/table.h"
#include "tests/demo_voice.h"

using namespace octet;
using octet::test::demo_checkpoint;
using octet::test::plan_of;
using octet::test::spoken;

namespace {

using Waveform = std::vector<float>;
constexpr int kRate = 24000;

double score_of(const std::vector<Score>& scores, std::string_view measure) {
  const auto found = std::ranges::find(scores, measure, &Score::measure);
  return found == scores.end() ? std::nan("") : found->value;
}

}  // namespace

class TestComparison : public QObject {
  Q_OBJECT

  const Engine engine_{demo_checkpoint(), {}};

  Waveform speak(const PrecisionPlan& plan, const SynthesisRequest& request) const {
    return engine_.synthesize(*engine_.bind(plan), request, {}).waveform;
  }

  std::vector<float> embedding(const Waveform& waveform) const {
    const auto stored = engine_.bind(stored_plan(demo_checkpoint()->layers(), demo_checkpoint()->metadata()));
    return engine_.condition(*stored, {kRate, 1, waveform}, {}).embedding;
  }

  /// Whether these are the scores of `test` against `reference`, all of them.
  bool are_scores(const std::vector<Score>& scores, const Waveform& reference, const Waveform& test) const {
    for (const auto& measure : measures()) {
      const double expected = measure.compute ? measure.compute(reference, test, kRate)
                                              : speaker_cosine(embedding(reference), embedding(test));
      const double score = score_of(scores, measure.id);
      if (score == expected || (std::isnan(score) && std::isnan(expected))) continue;
      qWarning("%s is %.9g, not %.9g", measure.id.data(), score, expected);
      return false;
    }
    return scores.size() == measures().size();
  }

 private Q_SLOTS:
  void initTestCase() { configure_arithmetic(1); }

  void every_run_is_held_against_the_first_of_its_clip_beside_both_floors() {
    const auto a = plan_of("all-base", Precision::fp32), b = plan_of("seed", Precision::bf16);
    auto one = spoken(15), two = spoken(25);
    one.seed = 3;
    two.seed = 4;
    const auto made = compare_runs(engine_, {{"A", a}, {"B", b}, {"C", a}}, {{"one", one}, {"two", two}}, {});
    QCOMPARE(made.report.clips.size(), std::size_t(2));
    for (std::size_t i = 0; i < 2; ++i) {
      const auto& request = i == 0 ? one : two;
      const auto& clip = made.report.clips[i];
      const auto& waveforms = made.waveforms.at(i);
      QCOMPARE(clip.name, std::string(i == 0 ? "one" : "two"));
      const auto reference = speak(a, request);
      QVERIFY(waveforms.at(0) == reference && waveforms.at(1) == speak(b, request));
      QVERIFY(waveforms.at(2) == reference);
      QCOMPARE(clip.seconds, static_cast<double>(reference.size()) / kRate);
      QVERIFY(clip.runs.at(0).scores.empty());
      QVERIFY(are_scores(clip.runs.at(1).scores, reference, waveforms[1]));
      QCOMPARE(score_of(clip.runs.at(2).scores, "snr"), 200.0);  // the same plan: equal to the bit

      auto other_noise = request;
      other_noise.seed += 1;
      QCOMPARE(clip.floors.size(), std::size_t(2));
      QCOMPARE(clip.floors[0].name, std::string("A, other noise"));
      QVERIFY(are_scores(clip.floors[0].scores, reference, speak(a, other_noise)));
      QCOMPARE(clip.floors[1].name, std::string("bf16, same noise"));
      QVERIFY(
          are_scores(clip.floors[1].scores, reference, speak(plan_of("all-base", Precision::bf16), request)));
    }
  }

  void the_report_says_what_was_compared() {
    auto request = spoken(15);
    request.seed = 9;
    const auto report =
        compare_runs(engine_,
                     {{"A", plan_of("all-base", Precision::fp32)}, {"B", plan_of("seed", Precision::bf16)}},
                     {{"clip", request}}, {})
            .report;
    QCOMPARE(report.seed, std::uint64_t(9));
    QCOMPARE(report.steps, 1);
    QCOMPARE(report.threads, 1);
    QCOMPARE(report.checkpoint_sha256, demo_checkpoint()->source_sha256());
    QCOMPARE(report.runs.at(1).plan, std::string("seed"));
    const auto resolved = resolve(plan_of("seed", Precision::bf16), demo_checkpoint()->layers());
    int layers = 0;
    for (std::size_t i = 0; i < resolved.layers.size(); ++i)
      layers += demo_checkpoint()->layers()[i].component == "flow" &&
                resolved.layers[i].effective == Precision::int8;
    const auto& parts = report.runs[1].components;
    const auto flow = std::ranges::find(parts, "flow", &ComponentSummary::component);
    QVERIFY(flow != parts.end() && layers > 0);
    QCOMPARE(flow->int8_layers, layers);
  }
};

QTEST_GUILESS_MAIN(TestComparison)
#include "test_comparison.moc"
