// A validation of short clips of the demo voice: whole, interrupted, resumed, refused.

#include <QtTest>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stop_token>

#include "core/metrics/mr_stft.h"
#include "core/study/control_plan.h"
#include "core/study/validation.h"
#include "core/study/validation_costs.h"
#include "core/study/validation_file.h"
#include "tests/checkpoint/tensor_files.h"
#include "tests/demo_voice.h"

using namespace octet;
using namespace octet::test;

namespace {

std::vector<ComparisonClip> three_clips() {
  std::vector<ComparisonClip> clips;
  for (const std::size_t tokens : {12u, 9u, 15u}) clips.push_back({std::to_string(tokens), spoken(tokens)});
  clips[1].request.tokens[3] = 5000;
  return clips;
}

std::vector<StudyPlan> two_plans() {
  return {{"bf16", plan_of("all-base", Precision::bf16)}, {"whole seed", plan_of("seed", Precision::bf16)}};
}

}  // namespace

class TestValidation : public QObject {
  Q_OBJECT

  const Engine engine_{demo_checkpoint(), {.threads = 1}};
  const Thresholds thresholds_ = read_thresholds(thresholds_file());

  Validation begun(const std::vector<ComparisonClip>& clips) const {
    return begin_validation(engine_, two_plans(), clips, thresholds_);
  }
  static void nothing(const Validation&) {}

 private Q_SLOTS:
  void scores_are_those_of_a_comparison() {
    const auto clips = three_clips();
    const auto made = validate(engine_, begun(clips), clips, {}, nothing);
    QCOMPARE(made.clips.size(), std::size_t(3));
    QCOMPARE(made.judgements.size(), std::size_t(2));
    const auto& layers = demo_checkpoint()->layers();
    const ClipComparison compare(engine_,
                                 {{"reference", resolve(plan_of("all-base", Precision::fp32), layers)},
                                  {"seed", resolve(plan_of("seed", Precision::bf16), layers)}},
                                 {});
    const auto other = compare(clips[2]).result;
    const auto same = [](const std::vector<Score>& a, const std::vector<Score>& b) {
      return std::ranges::equal(a, b, [](const Score& one, const Score& two) {
        return one.measure == two.measure &&
               (one.value == two.value || (std::isnan(one.value) && std::isnan(two.value)));
      });
    };
    QVERIFY(same(made.clips[2].plans[1], other.runs[1].scores));
    QVERIFY(same(made.clips[2].floor, other.floors[0].scores));
    QVERIFY(made.sizes[1].total().bytes < made.sizes[0].total().bytes);
    // Three clips are no ground for a verdict.
    for (const auto& judgement : made.judgements) QVERIFY(judgement.verdict == Verdict::listen);
  }

  /// And then also where one is gone on with; verdicts do not know of it.
  void predictions_are_made_where_they_are_asked_for() {
    const std::vector<ComparisonClip> clips{{"15", spoken(15)}};
    const auto scores_of = [&](const Validation& made) { return made.clips.at(0).plans.at(1); };
    const auto has = [](const std::vector<Score>& scores) {
      return std::ranges::any_of(scores, [](const Score& score) {
        return score.measure == "predicted_mos_change" && std::isfinite(score.value);
      });
    };
    const auto asked = begin_validation(engine_, two_plans(), clips, thresholds_, {}, Predictions::made);
    const auto with = validate(engine_, resumed(asked, to_json(asked), "file"), clips, {}, nothing);
    const auto without = validate(engine_, begun(clips), clips, {}, nothing);
    QVERIFY(has(scores_of(with)) && has(with.clips[0].floor) && !has(scores_of(without)));
    QCOMPARE(with.judgements.at(1).findings.size(), without.judgements.at(1).findings.size());
    // A result without them is not gone on with where they are asked for.
    QVERIFY_THROWS_EXCEPTION(Error, resumed(asked, to_json(without), "file"));
  }

  /// At every place where it can be: during the first clip, and behind each.
  void an_interrupted_one_ends_in_the_same_bytes() {
    const auto clips = three_clips();
    const auto whole = to_json(validate(engine_, begun(clips), clips, {}, nothing));
    for (std::size_t after = 0; after <= clips.size(); ++after) {
      std::string file = to_json(begun(clips));
      std::size_t kept = 0;
      std::stop_source stop;
      const JobControl control{stop.get_token(), [&](const Progress&) {
                                 if (kept == after) stop.request_stop();
                               }};
      try {
        (void)validate(engine_, begun(clips), clips, control, [&](const Validation& done) {
          file = to_json(done);
          ++kept;
        });
        QCOMPARE(after, clips.size());  // nothing is left to be stopped
      } catch (const Error& error) {
        QCOMPARE(static_cast<int>(error.kind()), static_cast<int>(ErrorKind::cancelled));
      }
      const auto left = resumed(begun(clips), file, "file");
      QCOMPARE(left.clips.size(), after);
      int spoken_again = 0;
      const JobControl counting{{}, [&](const Progress& progress) {
                                  if (progress.done == progress.total) ++spoken_again;
                                }};
      QCOMPARE(to_json(validate(engine_, left, clips, counting, nothing)), whole);
      if (after == clips.size()) QCOMPARE(spoken_again, 0);
    }
  }

  void progress_goes_from_nothing_to_all() {
    const auto clips = three_clips();
    std::vector<int> done;
    int total = 0;
    (void)validate(engine_, begun(clips), clips,
                   {{},
                    [&](const Progress& progress) {
                      done.push_back(progress.done);
                      total = progress.total;
                    }},
                   nothing);
    QCOMPARE(total, 3 * 4);  // reference, other noise, two plans
    QVERIFY(std::ranges::is_sorted(done));
    QVERIFY(done.front() == 0 && done.back() == total);
  }

  void a_clip_that_fails_is_skipped_once() {
    auto clips = three_clips();
    clips[0].request.tokens[0] = 7000;
    std::string file;
    const auto made = validate(engine_, begun(clips), clips, {}, [&](const Validation& done) {
      if (file.empty()) file = to_json(done);
    });
    QCOMPARE(made.clips.size(), std::size_t(2));
    QCOMPARE(made.skipped.size(), std::size_t(1));
    QVERIFY(made.skipped[0].name == "12" && made.skipped[0].reason.find("7000") != std::string::npos);
    const auto left = resumed(begun(clips), file, "file");
    QCOMPARE(left.skipped.size(), std::size_t(1));
    QCOMPARE(to_json(validate(engine_, left, clips, {}, nothing)), to_json(made));
    clips[1].request.tokens[0] = 7000;
    COMPARE_ERROR((void)validate(engine_, begun(clips), clips, {}, nothing), input, "7000");
  }

  /// As the plans are, but that it is no plan of theirs: it takes none of their error, and is no warning of
  /// too few.
  void a_control_is_judged_beside_plans_and_said_to_be_found_or_not() {
    std::vector<ComparisonClip> clips;
    for (std::size_t i = 0; i < 6; ++i) clips.push_back({std::to_string(i), spoken(12 + i)});
    auto plans = two_plans();
    plans.push_back(control_plan(demo_checkpoint()->layers()).value());
    const auto begin = [&] { return begin_validation(engine_, plans, clips, thresholds_); };
    const auto with = validate(engine_, begin(), clips, {}, nothing);
    const auto without = validate(engine_, begun(clips), clips, {}, nothing);
    QCOMPARE(to_json(validate(engine_, resumed(begin(), to_json(begin()), "file"), clips, {}, nothing)),
             to_json(with));
    QVERIFY(with.judgements.at(2).verdict == Verdict::broken);
    QCOMPARE(with.judgements[1].findings[0].detectable, without.judgements[1].findings[0].detectable);
    const auto found = control_outcome(with);
    QVERIFY(found && found->found && found->could_be);
    QVERIFY2(found->said.starts_with("The control was found: made bad on purpose, it is broken by "),
             found->said.c_str());
    QVERIFY(!control_outcome(without) && !control_outcome(begin()));
    const auto json = nlohmann::json::parse(to_json(with));
    QCOMPARE(json.at("control").at("found"), true);
    QCOMPARE(json.at("subject").at("plans")[2].at("control"), true);
    QVERIFY(!json.at("subject").at("plans")[1].contains("control") &&
            !nlohmann::json::parse(to_json(without)).contains("control"));
    const auto table = QByteArray::fromStdString(to_table(with));
    QVERIFY2(table.contains("\ncontrol: clipped HiFT ResBlocks (must be found) ") &&
                 table.contains("\nThe control was found: "),
             table);
    QVERIFY(std::ranges::none_of(with.warnings,
                                 [](auto& said) { return said.find("control") != std::string::npos; }));

    // A control that is as good as the plans shows that these clips and thresholds find nothing.
    plans[2].plan = plans[0].plan;
    const auto good = validate(engine_, begin(), clips, {}, nothing);
    QVERIFY(!control_outcome(good)->found);
    QVERIFY2(good.warnings.at(0).starts_with("THE CONTROL WAS NOT FOUND: made bad on purpose, it is judged "),
             good.warnings.at(0).c_str());
    // Of three clips that is no wonder.
    clips.resize(3);
    const auto few = validate(engine_, begin(), clips, {}, nothing);
    QVERIFY(!control_outcome(few)->could_be);
    QVERIFY2(few.warnings.at(0).ends_with("could not be found: 3 clips are too few for any verdict."),
             few.warnings.at(0).c_str());
  }

  void fewer_steps_are_judged_beside_plans() {
    const auto clips = three_clips();  // of one step
    auto plans = two_plans();
    plans.push_back({"bf16 in 3 steps", plans[0].plan, 3});
    const auto made =
        validate(engine_, begin_validation(engine_, plans, clips, thresholds_), clips, {}, nothing);
    auto longer = clips[2].request;
    longer.steps = 3;
    const auto right = engine_.synthesize(*engine_.bind(plan_of("all-base", Precision::fp32)),
                                          clips[2].request, {}),
               test = engine_.synthesize(*engine_.bind(plans[2].plan), longer, {});
    const auto score = std::ranges::find(made.clips[2].plans[2], "mr_stft", &Score::measure)->value;
    QCOMPARE(score, mr_stft(right.waveform, test.waveform, 24000));
    QVERIFY(score != std::ranges::find(made.clips[2].plans[0], "mr_stft", &Score::measure)->value);
    QVERIFY(to_json(made).find(R"("steps":3)") != std::string::npos);
    const auto fewer = fewer_steps(Precision::bf16, 7);
    QCOMPARE(fewer.size(), std::size_t(3));
    QCOMPARE(fewer[2].name, std::string("bf16 in 5 steps"));
    QCOMPARE(fewer[2].steps, 5);
  }

  /// They are kept only where they are asked for, and a resumed study has those of its clips still.
  void costs_are_kept_where_they_are_asked_for() {
    const auto clips = three_clips();
    const auto without = to_json(validate(engine_, begun(clips), clips, {}, nothing));
    QVERIFY(without.find("peak_bytes") == std::string::npos);
    auto asked = begun(clips);
    asked.subject.costs = true;
    auto made = validate(engine_, asked, clips, {}, nothing);
    const auto json = nlohmann::json::parse(to_json(made));
    const auto& stages = json.at("plans")[1].at("stages");
    QVERIFY(!stages.empty());
    QCOMPARE(json.at("reference_stages").size(), stages.size());
    for (const auto& stage : stages)
      QVERIFY(stage.at("seconds") > 0 && stage.at("peak_bytes") > 0 && stage.at("stage").is_string());
    std::uint64_t sum = 0;
    for (const auto& bytes : json.at("plans")[1].at("components")) sum += bytes.get<std::uint64_t>();
    QCOMPARE(sum, json.at("plans")[1].at("bytes").get<std::uint64_t>());
    const auto left = resumed(asked, to_json(made), "file");
    QCOMPARE(left.clips[0].costs[2][0].seconds, made.clips[0].costs[2][0].seconds);
    QCOMPARE(to_json(validate(engine_, left, clips, {}, nothing)), to_json(made));
    QVERIFY(to_table(made).find("What stages took") != std::string::npos);
    COMPARE_ERROR((void)resumed(asked, without, "r.json"), usage, "its costs is another");

    // Of 1, 5 and 3 ms the median is 3; the first clip's is not it.
    made.clips[0].costs[1][0] = {"x", 0.001, 7};
    made.clips[1].costs[1][0] = {"x", 0.005, 9};
    made.clips[2].costs[1][0] = {"x", 0.003, 8};
    const auto costs = stage_costs(made, 1);
    QCOMPARE(costs[0].seconds, 0.003);
    QCOMPARE(costs[0].peak_bytes, std::uint64_t(9));
  }

  void what_is_of_another_study_is_refused_data() {
    QTest::addColumn<int>("what");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("other words") << 0 << QByteArray("clips_sha256");
    QTest::newRow("other plans") << 1 << QByteArray("plans");
    QTest::newRow("other thresholds") << 2 << QByteArray("thresholds");
    QTest::newRow("another seed") << 3 << QByteArray("seed");
  }
  void what_is_of_another_study_is_refused() {
    QFETCH(int, what);
    QFETCH(QByteArray, said);
    auto clips = three_clips();
    const auto file = to_json(begun(clips));
    auto plans = two_plans();
    auto thresholds = thresholds_;
    if (what == 0) std::ranges::reverse(clips[2].request.tokens);
    if (what == 1) plans[1].plan.rules.pop_back();
    if (what == 2) thresholds.measures[0].broken += 1;
    if (what == 3) clips[0].request.seed = 5;
    COMPARE_ERROR((void)resumed(begin_validation(engine_, plans, clips, thresholds), file, "r.json"), usage,
                  "r.json is of another study: its " + said);
  }

  void what_is_no_validation_is_refused() {
    const auto clips = three_clips();
    for (const auto* text : {"", "words", "{}", R"({"format": "octet-report", "version": 1})",
                             R"({"format": "octet-validation", "version": 1, "subject": []})"})
      COMPARE_ERROR((void)resumed(begun(clips), text, "r.json"), input, "r.json is no octet-validation");
    auto plans = two_plans();
    plans[1].name = "bf16";
    COMPARE_ERROR((void)begin_validation(engine_, plans, clips, thresholds_), usage, "called bf16");
  }

  void the_table_has_a_line_for_each_plan() {
    auto clips = three_clips();
    clips[0].request.tokens[0] = 7000;
    const auto made = validate(engine_, begun(clips), clips, {}, nothing);
    const auto table = QByteArray::fromStdString(to_table(made));
    QVERIFY2(table.contains("\nbf16 ") && table.contains("\nwhole seed ") &&
                 table.contains("means over 2 clips") && table.contains("skipped 12: "),
             table);
  }
};

QTEST_GUILESS_MAIN(TestValidation)
#include "test_validation.moc"
