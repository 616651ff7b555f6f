// Pairs of layers of the demo voice: against syntheses of their own, interrupted, chosen from a study,
// refused.

#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <random>
#include <stop_token>

#include "core/plan/edit.h"
#include "core/study/kept_study.h"
#include "core/study/pair_sweep.h"
#include "core/study/pairs_file.h"
#include "core/study/sensitivity_file.h"
#include "core/study/sensitivity_sweep.h"
#include "core/synthesis/stage_cache.h"
#include "tests/checkpoint/tensor_files.h"
#include "tests/demo_voice.h"
#include "tests/random_seed.h"
#include "tests/study/two_clips.h"

using namespace octet;
using namespace octet::test;

namespace {

const std::vector<std::string> kNames{"flow.encoder_proj", "flow.spk_embed_affine_layer",
                                      "flow.encoder.embed.out.0", "mel2wav.conv_pre",
                                      "mel2wav.f0_predictor.classifier"};

PairsQuestion question_of(const std::vector<std::string>& names, const Choice& choice = {}) {
  PairsQuestion question;
  for (const auto& layer : demo_checkpoint()->layers())
    if (std::ranges::find(names, layer.name) != names.end()) question.layers.push_back({layer.name, choice});
  return question;
}

/// Damages in no order, over fp32.
Sensitivity study_of(const std::vector<std::pair<std::string, double>>& damages) {
  Sensitivity study;
  for (const auto& [layer, damage] : damages)
    study.layers.push_back({layer, {}, DamageKind::mel, 0, 0, damage});
  study.entries = study.layers.size();
  return study;
}

std::vector<std::string> names_of(const std::vector<PairsQuestion::Layer>& layers) {
  std::vector<std::string> names;
  for (const auto& layer : layers) names.push_back(layer.name);
  return names;
}

}  // namespace

class TestPairs : public QObject {
  Q_OBJECT

  const Engine engine_{demo_checkpoint(), {.threads = 1}, StageCache::kForEditing};
  const Engine plain_{demo_checkpoint(), {.threads = 1}};
  const HeardClips heard_ = heard_in_base(engine_, Precision::fp32, two_clips(), 10, {});
  const LayerTable& layers_ = demo_checkpoint()->layers();

  LayerPairs begun(const PairsQuestion& question) const { return begin_pairs(engine_, question, heard_); }
  LayerPairs gone_on(LayerPairs study, const JobControl& control,
                     const std::function<void(const LayerPairs&)>& keep) const {
    PairSweep sweep({&engine_}, std::move(study), heard_.clips, control);
    return sweep.run(control, keep);
  }
  LayerPairs measured(const PairsQuestion& question) const {
    return gone_on(begun(question), {}, [](const LayerPairs&) {});
  }
  std::vector<std::string> chosen(const Sensitivity& study, const std::string& glob, std::size_t most,
                                  std::vector<std::string>& warnings) const {
    return names_of(layers_to_pair(study, layers_, glob, most, warnings));
  }

 private Q_SLOTS:
  /// By an engine that keeps no stages, and by plans of the ordinary kind.
  void what_a_pair_does_is_what_whole_syntheses_differ_by() {
    const auto study = measured(question_of(kNames));
    QCOMPARE(study.layers.size(), std::size_t(5));
    QCOMPARE(study.pairs.size(), std::size_t(4));  // three of mel, one of spectrum
    QCOMPARE(study.entries, std::size_t(9));
    auto base = plan_of("all-base", Precision::fp32);
    const auto reference = plain_.bind(base);
    for (const auto& pair : study.pairs) {
      auto plan = with_choice(base, pair.first, {.force = true});
      const auto other = plain_.bind(with_choice(plan, pair.second, {.force = true}));
      double sum = 0;
      for (std::size_t i = 0; i < heard_.clips.size(); ++i) {
        const auto& request = heard_.clips[i].request;
        const auto a = plain_.synthesize(*reference, request, {}), b = plain_.synthesize(*other, request, {});
        const auto expected =
            pair.kind == DamageKind::mel ? error_of(a.mel, b.mel) : spectral_error(a.waveform, b.waveform);
        QCOMPARE(pair.clips.at(i), expected);
        sum += expected;
      }
      QVERIFY(pair.fault.empty() && pair.damage > 0);
      QCOMPARE(pair.damage, sum / 2);
    }
  }

  /// Layer by layer it is the sensitivity study's, and what is expected follows.
  void each_alone_is_what_it_is_in_a_sensitivity_study() {
    const auto study = measured(question_of(kNames));
    for (const auto& layer : study.layers) {
      const SensitivityQuestion question{Precision::fp32, layer.layer, {Choice{}}};
      SensitivitySweep sweep({&engine_}, begin_sensitivity(engine_, question, heard_), heard_.clips, {});
      const auto alone = sweep.run({}, [](const Sensitivity&) {}).layers.at(0);
      QCOMPARE(layer.clips.clips, alone.clips.clips);
      QCOMPARE(layer.damage, alone.damage);
      QVERIFY(layer.bytes == alone.bytes && layer.base_bytes == alone.base_bytes && layer.kind == alone.kind);
    }
    for (const auto& pair : study.pairs) {
      const auto& a = *std::ranges::find(study.layers, pair.first, &LayerDamage::layer);
      const auto& b = *std::ranges::find(study.layers, pair.second, &LayerDamage::layer);
      QVERIFY(a.kind == b.kind && a.kind == pair.kind);
      QVERIFY(std::abs(pair.expected - std::sqrt(a.damage * a.damage + b.damage * b.damage)) <
              1e-12 * pair.expected);
      QCOMPARE(pair.interaction, interaction_of(a.clips.clips, b.clips.clips, pair.clips));
      QVERIFY(std::abs(pair.interaction) <= 1.1);  // a cosine, where errors add up
    }
  }

  /// Of errors that add up as vectors: (3, 0 | 1, 2) and (3, 3 | 0, -1) are 9 - 2 of sqrt(14 x 19).
  void an_interaction_is_the_cosine_of_the_errors() {
    const auto cosine =
        interaction_of({3, std::sqrt(5)}, {std::sqrt(18), 1}, {std::sqrt(36 + 9), std::sqrt(1 + 1)});
    QVERIFY(std::abs(cosine - 7 / std::sqrt(14.0 * 19)) < 1e-12);
    QVERIFY(std::abs(interaction_of({3}, {4}, {5})) < 1e-15);
    QCOMPARE(interaction_of({2}, {3}, {5}), 1.0);
    QCOMPARE(interaction_of({2}, {3}, {1}), -1.0);
    QVERIFY(std::isnan(interaction_of({0}, {3}, {3})));
  }

  void the_spread_is_of_the_pairs_that_have_an_interaction() {
    LayerPairs study;
    const auto add = [&](DamageKind kind, double interaction) {
      study.pairs.push_back({"a", "b", kind, 1, 1, interaction});
    };
    for (const auto interaction : {0.5, -0.25, std::nan(""), 0.125, 0.25}) add(DamageKind::mel, interaction);
    add(DamageKind::spectrum, 1);
    const auto spread = interaction_spread(study, DamageKind::mel).value();
    QCOMPARE(spread.pairs, std::size_t(4));
    QCOMPARE(spread.least, -0.25);
    QCOMPARE(spread.median, 0.1875);
    QCOMPARE(spread.most, 0.5);
    QVERIFY(!interaction_spread(study, DamageKind::voice));
  }

  /// At places drawn anew each time, within a pair or between two, on one engine or two.
  void an_interrupted_study_ends_in_the_same_bytes() {
    const auto question = question_of(kNames);
    const auto whole = to_json(measured(question));
    QCOMPARE(to_json(parse_pairs(whole, "whole")), whole);
    const Engine second(demo_checkpoint(), {.threads = 1}, StageCache::kForEditing);
    std::mt19937_64 random(random_seed());
    const QTemporaryDir folder;
    for (int i = 0; i < 12; ++i) {
      const std::filesystem::path file = folder.filePath(QString::number(i)).toStdString();
      std::stop_source stop;
      auto last = random() % 60;
      const JobControl control{stop.get_token(), [&](const Progress& at) {
                                 if (at.stage == "measuring pairs" && last-- == 0) stop.request_stop();
                               }};
      try {
        PairSweep sweep({&engine_}, with_kept(begun(question), file), heard_.clips, {});
        (void)run_kept(sweep, file, control);
      } catch (const Error& error) {
        QCOMPARE(static_cast<int>(error.kind()), static_cast<int>(ErrorKind::cancelled));
      }
      PairSweep sweep({&second, &engine_}, with_kept(begun(question), file), heard_.clips, {});
      QCOMPARE(to_json(run_kept(sweep, file, {})), whole);
    }
  }

  /// And nothing else is spoken.
  void what_is_done_is_not_measured_again() {
    const auto done = measured(question_of({kNames[0], kNames[1]}));
    std::vector<Progress> told;
    PairSweep sweep({&engine_}, done, heard_.clips, {{}, [&](const Progress& at) { told.push_back(at); }});
    QCOMPARE(sweep.cost().entries, std::size_t(0));
    QCOMPARE(sweep.cost().all, std::size_t(3));
    QCOMPARE(sweep.cost().runs, (StageRuns{0, 0, 4, 6, 0}));  // the second is not the encoder's
    QVERIFY(told.empty());
  }

  void the_layers_of_a_kind_that_damage_most_are_chosen() {
    auto study = study_of({{kNames[4], 0.1},
                           {kNames[3], 0.2},
                           {kNames[0], 0.01},
                           {kNames[1], 0.03},
                           {kNames[2], 0.02},
                           {"speaker_encoder.xvector.dense.linear", 0.9}});
    std::vector<std::string> warnings;
    QCOMPARE(chosen(study, "*", 8, warnings), names_of(question_of(kNames).layers));
    QCOMPARE(warnings.size(), std::size_t(1));
    QVERIFY(warnings[0].starts_with("1 of tokenizer and speaker_encoder are left out"));
    warnings.clear();
    QCOMPARE(chosen(study, "*", 2, warnings),
             names_of(question_of({kNames[1], kNames[2], kNames[3], kNames[4]}).layers));
    // Of two ways of storing a layer, the one that damages most.
    study.layers.push_back({kNames[0], {.precision = Precision::fp16}, DamageKind::mel, 0, 0, 0.5});
    const auto two = layers_to_pair(study, layers_, "flow.*", 2, warnings);
    QCOMPARE(names_of(two), names_of(question_of({kNames[0], kNames[1]}).layers));
    const auto& fp16 = *std::ranges::find(two, kNames[0], &PairsQuestion::Layer::name);
    QVERIFY(fp16.choice.precision == Precision::fp16);
  }

  void layers_that_cannot_be_paired_are_told() {
    std::vector<std::string> warnings;
    const auto nan = std::nan("");
    auto study = study_of({{kNames[0], 0.1}, {kNames[1], nan}, {kNames[2], 0}, {kNames[3], 0.3}});
    study.layers[1].fault = "it gives NaN";
    COMPARE_ERROR((void)chosen(study, "*", 8, warnings), usage, "there are no two layers of one kind");
    QCOMPARE(warnings.size(), std::size_t(3));
    QCOMPARE(warnings[0], "2 without a damage are left out, such as " + kNames[1] + " (it gives NaN)");
    QCOMPARE(warnings[1], kNames[0] + " is left out: it is the only layer of its kind, mel");
    COMPARE_ERROR((void)chosen(study, "no.such", 8, warnings), input, "no layer that is called no.such");
    study.layers[0].layer = "flow.of_another";
    COMPARE_ERROR((void)chosen(study, "*", 8, warnings), input,
                  "the checkpoint has no layer flow.of_another");
    COMPARE_ERROR((void)begun(question_of({kNames[0], kNames[1]}, {.method = Method::gptq})), usage,
                  "cannot be stored as gptq");
  }

  /// 70000 is beyond fp16.
  void a_pair_that_cannot_be_made_has_a_fault_and_no_damage() {
    const QTemporaryDir folder;
    const auto path = std::filesystem::path(folder.path().toStdString()) / "large.safetensors";
    auto tensors = load(demo_voice_folder() / "s3gen_demo.safetensors");
    const float large = 70000;
    std::copy_n(reinterpret_cast<const char*>(&large), sizeof large,
                tensors.at(kNames[1] + ".weight").bytes.begin());
    save(path, tensors);
    const Engine engine(Checkpoint::open(path), {.threads = 1}, StageCache::kForEditing);
    const auto question = question_of({kNames[0], kNames[1]}, {.precision = Precision::fp16});
    PairSweep sweep({&engine}, begin_pairs(engine, question, heard_), heard_.clips, {});
    const auto study = sweep.run({}, [](const LayerPairs&) {});
    const auto& pair = study.pairs.at(0);
    QVERIFY(std::isnan(pair.damage) && std::isnan(pair.expected) && std::isnan(pair.interaction));
    QVERIFY(pair.fault.find(kNames[1]) != std::string::npos);
    const auto text = to_json(study);
    QVERIFY(text.find("\"interaction\":null") != std::string::npos);
    QCOMPARE(to_json(parse_pairs(text, "text")), text);
    QVERIFY(to_table(study).find(pair.fault) != std::string::npos);

    write_bytes(folder.filePath("p.json").toStdString(), text);
    COMPARE_ERROR((void)read_pairs(folder.filePath("p.json").toStdString(), *demo_checkpoint()), usage,
                  "is of another checkpoint, large.safetensors");
  }

  /// On a GPU both weights are put in the reference's place, and taken out again.
  void two_layers_in_place_are_what_a_model_of_its_own_is() {
    if (gpu_count() == 0) QSKIP("no GPU");
    auto device = parse_device("cuda");
    device.threads = 1;
    const Engine engine(demo_checkpoint(), device, StageCache::kForEditing), other(demo_checkpoint(), device);
    const auto question = question_of(kNames);
    PairSweep sweep({&engine}, begin_pairs(engine, question, heard_), heard_.clips, {});
    const auto study = sweep.run({}, [](const LayerPairs&) {});
    auto base = plan_of("all-base", Precision::fp32);
    const auto reference = other.bind(base);
    for (const auto& pair : study.pairs) {
      if (pair.kind != DamageKind::mel) continue;
      const auto both =
          with_choice(with_choice(base, pair.first, {.force = true}), pair.second, {.force = true});
      const auto model = other.bind(both);
      for (std::size_t i = 0; i < heard_.clips.size(); ++i)
        QCOMPARE(pair.clips.at(i), error_of(other.synthesize(*reference, heard_.clips[i].request, {}).mel,
                                            other.synthesize(*model, heard_.clips[i].request, {}).mel));
    }
  }

  void what_is_of_another_study_is_refused() {
    const auto file = to_json(measured(question_of({kNames[0], kNames[1]})));
    COMPARE_ERROR((void)resumed(begun(question_of({kNames[0], kNames[2]})), file, "p.json"), usage,
                  "p.json is of another study: its layers is another");
    auto other = question_of({kNames[0], kNames[1]});
    other.base = Precision::bf16;
    COMPARE_ERROR((void)resumed(begun(other), file, "p.json"), usage, "its base is another");
    auto mixed = parse_pairs(file, "p.json");
    std::swap(mixed.pairs.at(0).first, mixed.pairs[0].second);
    for (const auto& text : {std::string(), std::string("{}"), to_json(Sensitivity()), to_json(mixed)})
      COMPARE_ERROR((void)parse_pairs(text, "p.json"), input, "p.json is no octet-pairs of version 1");
  }
};

QTEST_GUILESS_MAIN(TestPairs)
#include "test_pairs.moc"
