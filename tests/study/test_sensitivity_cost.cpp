// What a sensitivity study is expected to take: by hand, and where it is shown.

#include <QtTest>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/study/sensitivity_entries.h"
#include "core/study/sensitivity_sweep.h"
#include "core/study/sweep_engines.h"
#include "core/synthesis/stage_cache.h"
#include "tests/demo_voice.h"

using namespace octet;
using namespace octet::test;

namespace {

/// A layer of the speaker encoder, the flow's encoder, its decoder, and the vocoder.
constexpr auto kOneOfEach =
    "{speaker_encoder.xvector.dense.linear,flow.encoder_proj,flow.spk_embed_affine_layer,mel2wav.conv_pre}";

SensitivityQuestion question_of(const std::string& layers) { return {Precision::fp32, layers, {Choice{}}}; }

}  // namespace

class TestSensitivityCost : public QObject {
  Q_OBJECT

  const LayerTable& layers_ = demo_checkpoint()->layers();

  std::vector<SweepEntry> entries(const std::string& called, Shard shard = {}) const {
    std::vector<std::string> warnings;
    std::vector<SweepEntry> made;
    for (const auto& entry : shard_of(entries_of(layers_, question_of(called), warnings), shard))
      made.push_back(swept(entry));
    return made;
  }
  double values_of(const SweepEntry& entry) const {
    double sum = 0;
    for (const auto& one : entry.layers)
      sum += static_cast<double>(element_count(layers_[one.layer].weight().shape));
    return sum;
  }

 private Q_SLOTS:
  void a_layer_takes_the_stages_that_are_computed_for_it() {
    const auto runs = [&](const std::string& name) { return runs_for(*demo_checkpoint()->find(name)); };
    //                                                          tokens, voice, encoder, flow, vocoder
    QCOMPARE(runs("tokenizer.encoder.blocks.0.attn.value"), (StageRuns{1, 0, 1, 1, 0}));
    QCOMPARE(runs("speaker_encoder.xvector.dense.linear"), (StageRuns{0, 1, 0, 0, 0}));
    QCOMPARE(runs("flow.encoder_proj"), (StageRuns{0, 0, 1, 1, 0}));
    QCOMPARE(runs("flow.spk_embed_affine_layer"), (StageRuns{0, 0, 0, 1, 0}));
    QCOMPARE(runs("mel2wav.conv_pre"), (StageRuns{0, 0, 0, 0, 1}));
    QCOMPARE(runs("mel2wav.f0_predictor.classifier"), (StageRuns{0, 0, 0, 0, 1}));
  }

  void the_sum_is_that_of_the_stages_and_the_weights() {
    const auto all = entries(kOneOfEach);
    QCOMPARE(all.size(), std::size_t(4));
    const SensitivityRates rates{{0, 10, 200, 3000, 40000}, {0.5}};
    const auto left = entries(kOneOfEach, {2, 2});
    const auto cost = expected_cost(layers_, all, left, 3, rates);
    QCOMPARE(cost.runs, (StageRuns{0, 3, 3, 6, 3}));
    QCOMPARE(cost.entries, std::size_t(2));
    QCOMPARE(cost.all, std::size_t(4));
    double values = 0, of_left = 0;
    for (const auto& entry : all) values += 0.5 * values_of(entry);
    QCOMPARE(cost.hours * 3600, 3 * (10 + 200 + 2 * 3000 + 40000) + values);
    for (const auto& entry : left) of_left += expected_seconds(entry, layers_, 3, rates);
    QCOMPARE(cost.seconds, of_left);
    QVERIFY(cost.seconds < cost.hours * 3600);

    const auto json = nlohmann::json::parse(to_json(cost));
    QCOMPARE(json.at("format").get<std::string>(), std::string("octet-sensitivity-cost"));
    QCOMPARE(json.at("runs").at("flow").get<int>(), 6);
    QCOMPARE(json.at("seconds_a_run").at("vocoder").get<double>(), 40000.0);
    QVERIFY(to_text(cost).starts_with("2 of 4 measurements"));
  }

  /// The weights of both, and each stage that one of them needs once.
  void layers_together_take_their_stages_once() {
    const auto alone = entries("flow.{encoder_proj,spk_embed_affine_layer}");
    const SweepEntry both{{alone[0].layers[0], alone[1].layers[0]}, DamageKind::mel, "both"};
    const SensitivityRates rates{{0, 10, 200, 3000, 40000}, {0.5}};
    QCOMPARE(expected_seconds(both, layers_, 3, rates), 3 * 3200 + 0.5 * values_of(both));
    QCOMPARE(values_of(both), values_of(alone[0]) + values_of(alone[1]));
    QCOMPARE(expected_cost(layers_, {both}, {both}, 3, rates).runs, (StageRuns{0, 0, 3, 3, 0}));
  }

  /// Also when the stage cache knows what was spoken the first time.
  void stages_are_computed_to_be_measured() {
    const Engine engine(demo_checkpoint(), {.threads = 1}, StageCache::kForEditing);
    const auto model = engine.bind(plan_of("all-base", Precision::fp32));
    for (int i = 0; i < 2; ++i) {
      std::set<std::string> computed;
      const JobControl control{{}, [&](const Progress& progress) {
                                 if (progress.done == 0) computed.insert(progress.stage);
                               }};
      (void)measured_stages(engine, *model, {{"a", spoken(6)}}, {0, 0, 1, 1, 0}, control);
      QVERIFY(computed.contains("encoder") && computed.contains("flow") && !computed.contains("vocoder"));
    }
  }

  /// Only what is needed is measured, and told as the time that is left: nothing in the end.
  void a_sweep_measures_its_rates_and_tells_what_is_left() {
    const Engine engine(demo_checkpoint(), {.threads = 1}, StageCache::kForEditing);
    const HeardClips heard{{{"a", spoken(6)}, {"b", spoken(9)}}, {}};
    auto begun = begin_sensitivity(engine, question_of("flow.{encoder_proj,spk_embed_affine_layer}"), heard);
    std::vector<Progress> told;
    const JobControl control{{}, [&](const Progress& progress) { told.push_back(progress); }};
    SensitivitySweep sweep({&engine}, begun, heard.clips, {});
    const auto& cost = sweep.cost();
    QCOMPARE(cost.runs, (StageRuns{0, 0, 2, 4, 0}));
    QVERIFY(cost.run[2] > 0 && cost.run[3] > 0);
    QVERIFY(cost.run[0] == 0 && cost.run[1] == 0 && cost.run[4] == 0);
    QVERIFY(std::abs(cost.seconds - 3600 * cost.hours) <= 1e-9 * cost.seconds);
    const auto done = sweep.run(control, [](const Sensitivity&) {});
    QVERIFY(!told.empty());
    for (const auto& progress : told) QVERIFY(progress.seconds_left.value() >= 0 && progress.total == 2);
    QVERIFY(told.front().seconds_left.value() > 0);
    QCOMPARE(told.back().done, 2);
    QVERIFY(told.back().seconds_left.value() < 1e-9);

    // Nothing is spoken for what is done.
    told.clear();
    SensitivitySweep nothing({&engine}, done, heard.clips, control);
    QCOMPARE(nothing.cost().entries, std::size_t(0));
    QCOMPARE(nothing.cost().seconds, 0.0);
    QVERIFY(told.empty());
    QCOMPARE(nothing.run(control, [](const Sensitivity&) {}).layers.size(), std::size_t(2));
  }

  /// Four times the model for each; six at most.
  void a_gpu_has_as_many_models_as_there_is_memory_for() {
    constexpr std::uint64_t kModel = 1'000'000'000;
    QCOMPARE(engines_of_gpu(0, kModel), std::size_t(1));
    QCOMPARE(engines_of_gpu(8 * kModel - 1, kModel), std::size_t(1));
    QCOMPARE(engines_of_gpu(8 * kModel, kModel), std::size_t(2));
    QCOMPARE(engines_of_gpu(140 * kModel, kModel), std::size_t(6));
    QCOMPARE(sweep_engines(demo_checkpoint(), {{.threads = 1}}).size(), std::size_t(1));
  }
};

QTEST_GUILESS_MAIN(TestSensitivityCost)
#include "test_sensitivity_cost.moc"
