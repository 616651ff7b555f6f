// What compare_runs holds against what, on the demo voice.

#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <fstream>
#include <stop_token>
#include <tuple>

#include "core/error.h"
#include "core/metrics/clip_folder.h"
#include "core/metrics/comparison.h"
#include "core/metrics/predicted_mos.h"
#include "core/metrics/speaker_cosine.h"
#include "core/metrics/table.h"
#include "core/metrics/token_agreement.h"
#include "tests/demo_voice.h"

using namespace octet;
using octet::test::demo_checkpoint;
using octet::test::plan_of;
using octet::test::spoken;

namespace {

using Waveform = std::vector<float>;
constexpr int kRate = 24000;

PlannedRun run(const char* name, const PrecisionPlan& plan) {
  return {name, resolve(plan, demo_checkpoint()->layers())};
}

double score_of(const std::vector<Score>& scores, std::string_view measure) {
  const auto found = std::ranges::find(scores, measure, &Score::measure);
  return found == scores.end() ? std::nan("") : found->value;
}

}  // namespace

class TestComparison : public QObject {
  Q_OBJECT

  const Engine engine_{demo_checkpoint(), {.threads = 1}};

  Waveform speak(const PrecisionPlan& plan, const SynthesisRequest& request) const {
    return engine_.synthesize(*engine_.bind(plan), request, {}).waveform;
  }

  std::vector<float> embedding(const Waveform& waveform) const {
    const auto stored = engine_.bind(stored_plan(demo_checkpoint()->layers(), demo_checkpoint()->metadata()));
    return engine_.condition(*stored, {kRate, 1, waveform}, {}).embedding;
  }

  std::vector<std::int64_t> tokens(const Waveform& waveform) const {
    const auto stored = engine_.bind(stored_plan(demo_checkpoint()->layers(), demo_checkpoint()->metadata()));
    return engine_.tokenize(*stored, {kRate, 1, waveform}, {});
  }

  /// Whether these are the scores of `test` against `reference`, all but what is predicted.
  bool are_scores(const std::vector<Score>& scores, const Waveform& reference, const Waveform& test) const {
    std::size_t count = 0;
    for (const auto& measure : measures()) {
      if (measure.group == MeasureGroup::predicted) continue;
      ++count;
      const double expected = measure.compute ? measure.compute(reference, test, kRate)
                              : measure.id == "token_agreement"
                                  ? token_agreement(tokens(reference), tokens(test))
                                  : speaker_cosine(embedding(reference), embedding(test));
      const double score = score_of(scores, measure.id);
      if (score == expected || (std::isnan(score) && std::isnan(expected))) continue;
      qWarning("%s is %.9g, not %.9g", std::string(measure.id).c_str(), score, expected);
      return false;
    }
    return scores.size() == count;
  }

 private Q_SLOTS:
  void every_run_is_held_against_the_first_of_its_clip_beside_both_floors() {
    const auto a = plan_of("all-base", Precision::fp32), b = plan_of("seed", Precision::bf16);
    auto one = spoken(15), two = spoken(25);
    one.seed = 3;
    two.seed = 4;
    const auto made =
        compare_runs(engine_, {run("A", a), run("B", b), run("C", a)}, {{"one", one}, {"two", two}}, {});
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
      QVERIFY(!clip.voice.empty() && clip.voice == request.voice.embedding);
      QVERIFY(!clip.heard.empty() && clip.heard == embedding(reference));
      QVERIFY(clip.runs.at(0).scores.empty());
      QVERIFY(are_scores(clip.runs.at(1).scores, reference, waveforms[1]));
      QCOMPARE(score_of(clip.runs.at(2).scores, "snr"), 200.0);  // the same plan: equal to the bit

      auto other_noise = request;
      other_noise.seed += 1;
      QCOMPARE(clip.floors.size(), std::size_t(2));
      QCOMPARE(clip.floors[0].name, std::string("A, other noise"));
      QVERIFY(are_scores(clip.floors[0].scores, reference, speak(a, other_noise)));
      QCOMPARE(clip.floors[0].reference, i == 0 ? std::string("A, seed 3") : "A, seed 4");
      QCOMPARE(clip.floors[0].test, i == 0 ? std::string("A, seed 4") : "A, seed 5");
      QCOMPARE(clip.floors[1].name, std::string("bf16 against fp32"));
      QVERIFY(
          are_scores(clip.floors[1].scores, reference, speak(plan_of("all-base", Precision::bf16), request)));
    }
  }

  /// Other noise differs in every value: there is no such distance.
  void where_stages_are_kept_the_floor_of_precision_has_its_distance_after_each() {
    auto request = spoken(15);
    const auto run_a = run("A", plan_of("seed", Precision::fp32));
    const auto without = compare_runs(engine_, {run_a}, {{"clip", request}}, {}).report.clips.at(0);
    QVERIFY(without.floors.at(1).errors.empty());
    request.keep_stages = true;
    const auto floors = compare_runs(engine_, {run_a}, {{"clip", request}}, {}).report.clips.at(0).floors;
    QVERIFY(floors.at(0).errors.empty());
    const auto stages = [&](Precision precision) {
      return engine_.synthesize(*engine_.bind(plan_of("all-base", precision)), request, {}).stages;
    };
    const auto expected = step_errors(stages(Precision::fp32), stages(Precision::bf16));
    QVERIFY(!expected.empty());
    QCOMPARE(floors.at(1).errors.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      QCOMPARE(floors[1].errors[i].stage, expected[i].stage);
      QCOMPARE(floors[1].errors[i].relative, expected[i].relative);
      QVERIFY(expected[i].relative > 0);
    }
  }

  /// Whatever the first run is: the floors of one in bf16, and of one with int8 layers.
  void no_floor_is_a_run_against_itself() {
    const auto request = spoken(15);
    auto other_noise = request;
    other_noise.seed += 1;
    const auto half = plan_of("all-base", Precision::bf16), full = plan_of("all-base", Precision::fp32);
    for (const auto& first : {half, plan_of("seed", Precision::fp32)}) {
      const auto clip = compare_runs(engine_, {run("A", first)}, {{"clip", request}}, {}).report.clips.at(0);
      const auto& [noise, precision] = std::tie(clip.floors.at(0), clip.floors.at(1));
      QVERIFY(are_scores(noise.scores, speak(first, request), speak(first, other_noise)));
      QVERIFY(are_scores(precision.scores, speak(full, request), speak(half, request)));
      QCOMPARE(precision.reference, std::string("every layer in fp32, seed 0"));
      QCOMPARE(precision.test, std::string("every layer in bf16, seed 0"));
      for (const auto& floor : clip.floors) QVERIFY(score_of(floor.scores, "snr") < 60);
    }
  }

  /// Asked for, they are held against the first run as the rest is, and stand beside both floors.
  void predictions_are_of_the_run_and_of_its_reference() {
    const auto a = plan_of("all-base", Precision::fp32), b = plan_of("seed", Precision::bf16);
    const auto made = compare_runs(engine_, {run("A", a), run("B", b)}, {{"clip", spoken(15)}}, {},
                                   Waveforms::kept, Predictions::made);
    const MosPredictor predict;
    const auto of = [&](const Waveform& waveform) { return predict(waveform, kRate, {}); };
    const auto reference = of(made.waveforms.at(0).at(0)), test = of(made.waveforms[0].at(1)),
               other = of(made.other_takes.at(0));
    QVERIFY(reference.overall != test.overall && reference.overall != other.overall);
    const auto& clip = made.report.clips.at(0);
    const auto& scores = clip.runs.at(1).scores;
    QCOMPARE(scores.size(), measures().size());
    QCOMPARE(score_of(scores, "predicted_mos_speech"), test.speech);
    QCOMPARE(score_of(scores, "predicted_mos_overall"), test.overall);
    QCOMPARE(score_of(scores, "predicted_mos_change"), test.overall - reference.overall);
    QCOMPARE(score_of(clip.floors.at(0).scores, "predicted_mos_change"), other.overall - reference.overall);
    QVERIFY(std::isfinite(score_of(clip.floors.at(1).scores, "predicted_mos_background")));
  }

  /// Draws that the request brings along would be the other noise's, too.
  void other_noise_is_other_noise_where_draws_are_given() {
    auto request = spoken(5);
    request.keep_stages = true;
    const auto& stages =
        engine_.synthesize(*engine_.bind(plan_of("all-base", Precision::fp32)), request, {}).stages;
    request.noise["source"] = stages.at("source");
    const auto frames = std::int64_t(2 * (request.voice.prompt_token.size() + request.tokens.size()));
    request.noise["cfm_noise"] = {{1, 80, frames}, std::vector<float>(std::size_t(80 * frames), 0.1f)};
    const auto report =
        compare_runs(engine_, {run("A", plan_of("all-base", Precision::fp32))}, {{"clip", request}}, {})
            .report;
    QVERIFY(score_of(report.clips.at(0).floors.at(0).scores, "snr") < 60);
  }

  void a_clip_that_fails_is_skipped_and_named() {
    const auto a = plan_of("all-base", Precision::fp32);
    auto broken = spoken(5);
    broken.tokens[2] = 9999;
    const auto made = compare_runs(engine_, {run("A", a)}, {{"broken", broken}, {"whole", spoken(5)}}, {});
    const auto figures = compare_runs(engine_, {run("A", a)}, {{"whole", spoken(5)}}, {}, Waveforms::dropped);
    QVERIFY(figures.waveforms.empty() && figures.report.clips.size() == 1);
    QCOMPARE(made.report.clips.size(), std::size_t(1));
    QCOMPARE(made.report.clips[0].name, std::string("whole"));
    QCOMPARE(made.waveforms.size(), std::size_t(1));
    QVERIFY(made.waveforms[0].at(0) == speak(a, spoken(5)));
    QCOMPARE(made.report.skipped.size(), std::size_t(1));
    QCOMPARE(made.report.skipped[0].name, std::string("broken"));
    QVERIFY(made.report.skipped[0].reason.find("9999 at position 2") != std::string::npos);
    QVERIFY_THROWS_EXCEPTION(Error, compare_runs(engine_, {run("A", a)}, {{"broken", broken}}, {}));
    // What ends two clips alike before any was compared ends all.
    QVERIFY_THROWS_EXCEPTION(
        Error,
        compare_runs(engine_, {run("A", a)}, {{"one", broken}, {"two", broken}, {"whole", spoken(5)}}, {}));
    // Being stopped is not the clip's fault.
    std::stop_source stop;
    stop.request_stop();
    QVERIFY_THROWS_EXCEPTION(Error,
                             compare_runs(engine_, {run("A", a)}, {{"whole", spoken(5)}, {"more", spoken(5)}},
                                          {stop.get_token(), {}}));
  }

  void a_folder_of_clips_says_what_it_could_not_use() {
    QTemporaryDir folder;
    const auto at = [&](const char* name) {
      return std::filesystem::path(folder.filePath(name).toStdString());
    };
    auto tone = Sound{24000, 1, std::vector<float>(12000)};
    for (std::size_t i = 0; i < tone.samples.size(); ++i)
      tone.samples[i] = 0.3f * std::sin(0.05f * static_cast<float>(i));
    write_wav(at("a.WAV"), tone);
    write_wav(at("same.wav"), tone);
    write_wav(at("same.wave"), tone);
    write_wav(at("short.wav"), {24000, 1, {tone.samples.begin(), tone.samples.begin() + 1200}});
    write_wav(at("rate.wav"), {44101, 1, tone.samples});
    for (float& sample : tone.samples) sample *= 32768;
    write_wav(at("loud.wav"), tone);
    for (const char* name : {"._a.WAV", "b.m4a", "notes.txt"})
      std::ofstream(at(name)) << std::string(
          "\0\0\0\x20"
          "ftypM4A ",
          12);
    const auto found = read_clips(engine_, at(""), {});
    const auto names = [](const auto& clips) {
      QStringList list;
      for (const auto& clip : clips) list << QString::fromStdString(clip.name);
      return list;
    };
    QCOMPARE(names(found.clips), (QStringList{"a", "loud", "same.wav", "same.wave"}));
    QCOMPARE(names(found.skipped), (QStringList{"b", "rate", "short"}));
    QVERIFY(found.skipped[0].reason.find("MPEG-4 sound") != std::string::npos);
    QVERIFY(found.skipped[2].reason.find("0.050 s long") != std::string::npos);
    QCOMPARE(found.warnings.size(), std::size_t(2));
    QVERIFY(found.warnings[0].ends_with("passed over 2 that are no sound: ._a.WAV, notes.txt"));
    QVERIFY(found.warnings[1].find("loud.wav reaches 98") != std::string::npos);

    for (const char* name : {"a.WAV", "same.wav", "same.wave", "loud.wav"}) std::filesystem::remove(at(name));
    try {
      read_clips(engine_, at(""), {});
      QFAIL("there was nothing to read");
    } catch (const Error& error) {
      QCOMPARE(error.kind(), ErrorKind::input);
      QVERIFY2(
          QString(error.what()).contains("none of the 3 clips") && QString(error.what()).contains("b.m4a"),
          error.what());
    }
  }

  void the_report_says_what_was_compared() {
    auto request = spoken(15);
    request.seed = 9;
    const auto report = compare_runs(engine_,
                                     {run("A", plan_of("all-base", Precision::fp32)),
                                      run("B", plan_of("seed", Precision::bf16))},
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
                resolved.layers[i].effective.storage == Precision::int8;
    const auto& parts = report.runs[1].components;
    const auto flow = std::ranges::find(parts, "flow", &ComponentSummary::component);
    QVERIFY(flow != parts.end() && layers > 0);
    QCOMPARE(flow->int8_layers, layers);
  }
};

QTEST_GUILESS_MAIN(TestComparison)
#include "test_comparison.moc"
