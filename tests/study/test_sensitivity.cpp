// Sensitivity of layers of the demo voice: against syntheses of their own, interrupted, in shards, refused.

#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <numeric>
#include <random>
#include <set>
#include <stop_token>

#include "core/metrics/interval.h"
#include "core/plan/edit.h"
#include "core/study/kept_study.h"
#include "core/study/sensitivity_file.h"
#include "core/study/sensitivity_sweep.h"
#include "core/synthesis/bound_model.h"
#include "core/synthesis/stage_cache.h"
#include "tests/checkpoint/tensor_files.h"
#include "tests/demo_voice.h"
#include "tests/random_seed.h"
#include "tests/study/two_clips.h"

using namespace octet;
using namespace octet::test;

namespace {

SensitivityQuestion question_of(const std::string& layers, Choice choice = {}) {
  return {Precision::fp32, layers, {std::move(choice)}};
}

/// Layers of all kinds, few.
constexpr auto kFew =
    "{flow.encoder_proj,flow.spk_embed_affine_layer,mel2wav.conv_p*,mel2wav.f0_predictor.classifier,"
    "tokenizer.encoder.blocks.0.attn.value,speaker_encoder.xvector.dense.linear}";

}  // namespace

class TestSensitivity : public QObject {
  Q_OBJECT

  const Engine engine_{demo_checkpoint(), {.threads = 1}, StageCache::kForEditing};
  const Engine plain_{demo_checkpoint(), {.threads = 1}};
  const HeardClips heard_ = heard_in_base(engine_, Precision::fp32, two_clips(), 10, {});
  /// So that studies one after the other find their weights.
  const std::shared_ptr<const BoundModel> base_ = engine_.bind(plan_of("all-base", Precision::fp32));

  static void nothing(const Sensitivity&) {}
  Sensitivity begun(const SensitivityQuestion& question) const {
    return begin_sensitivity(engine_, question, heard_);
  }
  Sensitivity measured(const SensitivityQuestion& question, const JobControl& control = {}) const {
    return gone_on(begun(question), control, nothing);
  }
  Sensitivity gone_on(Sensitivity study, const JobControl& control,
                      const std::function<void(const Sensitivity&)>& keep) const {
    SensitivitySweep sweep({&engine_}, std::move(study), heard_.clips, control);
    return sweep.run(control, keep);
  }

  /// By an engine that keeps no stages, and by plans of the ordinary kind.
  double brute_force(const LayerDamage& entry, const ComparisonClip& clip) const {
    const auto base = plain_.bind(plan_of("all-base", Precision::fp32));
    auto choice = entry.choice;
    choice.force = true;
    const auto other = plain_.bind(with_choice(plan_of("all-base", Precision::fp32), entry.layer, choice));
    if (entry.kind == DamageKind::tokens) {
      const auto a = plain_.tokenize(*base, *clip.sound, {}), b = plain_.tokenize(*other, *clip.sound, {});
      int differing = 0;
      for (std::size_t i = 0; i < a.size(); ++i) differing += a[i] != b[i];
      return differing / static_cast<double>(a.size());
    }
    if (entry.kind == DamageKind::voice) {
      const auto a = plain_.condition(*base, *clip.sound, {}).embedding,
                 b = plain_.condition(*other, *clip.sound, {}).embedding;
      const auto dot = [](const auto& x, const auto& y) {
        return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
      };
      return std::max(0.0, 1 - dot(a, b) / std::sqrt(dot(a, a) * dot(b, b)));
    }
    const auto a = plain_.synthesize(*base, clip.request, {}),
               b = plain_.synthesize(*other, clip.request, {});
    return entry.kind == DamageKind::mel ? error_of(a.mel, b.mel) : spectral_error(a.waveform, b.waveform);
  }

 private Q_SLOTS:
  void initTestCase() {
    (void)engine_.condition(*base_, *heard_.clips[0].sound, {});
    (void)engine_.synthesize(*base_, heard_.clips[0].request, {});
  }

  /// However early it ends, and whoever goes on.
  void one_that_is_cancelled_leaves_a_file_to_go_on_from() {
    const QTemporaryDir folder;
    const std::filesystem::path file = folder.filePath("s.json").toStdString();
    const auto whole = measured(question_of(kFew));
    std::stop_source stop;
    const JobControl until_third{stop.get_token(), [&](const Progress& at) {
                                   if (at.stage == "measuring layers" && at.done == 2) stop.request_stop();
                                 }};
    SensitivitySweep first({&engine_}, with_kept(begun(question_of(kFew)), file), heard_.clips, until_third);
    QVERIFY_THROWS_EXCEPTION(Error, (void)run_kept(first, file, until_third));
    const auto kept = with_kept(begun(question_of(kFew)), file);
    QCOMPARE(kept.layers.size(), std::size_t{2});
    SensitivitySweep second({&engine_}, kept, heard_.clips, {});
    QCOMPARE(to_json(run_kept(second, file, {})), to_json(whole));
    SensitivitySweep nowhere({&engine_}, begun(question_of("mel2wav.conv_pre")), heard_.clips, {});
    QCOMPARE(run_kept(nowhere, {}, {}).layers.size(), std::size_t{1});
  }

  void what_is_exact_is_what_whole_syntheses_differ_by() {
    std::mt19937_64 random(random_seed());
    auto all = begun(question_of("*"));
    const auto& layers = demo_checkpoint()->layers();
    std::set<std::string> chosen;
    while (chosen.size() < 8) {
      const auto& layer = layers[random() % layers.size()];
      // A fourth of each kind, though most layers are the speaker encoder's.
      if (layer.quantizable() && damage_kind(layer) == static_cast<DamageKind>(chosen.size() % 4))
        chosen.insert(layer.name);
    }
    for (const auto& name : chosen) {
      const auto study = measured(question_of(name));
      QCOMPARE(study.layers.size(), std::size_t(1));
      const auto& entry = study.layers[0];
      QCOMPARE(entry.fault, std::string());
      double sum = 0;
      for (std::size_t i = 0; i < heard_.clips.size(); ++i) {
        const auto expected = brute_force(entry, heard_.clips[i]);
        QVERIFY2(entry.clips.clips[i] == expected ||
                     (entry.kind == DamageKind::tokens && std::abs(entry.clips.clips[i] - expected) < 1e-15),
                 name.c_str());
        sum += entry.clips.clips[i];
      }
      QCOMPARE(entry.damage, sum / 2);
    }
  }

  void a_layer_in_place_is_what_a_model_of_its_own_is_data() {
    QTest::addColumn<QString>("name");
    for (const auto* name : {"cpu", "cuda"}) QTest::newRow(name) << QString(name);
  }
  /// To the bit, and back again.
  void a_layer_in_place_is_what_a_model_of_its_own_is() {
    QFETCH(QString, name);
    if (name == "cuda" && gpu_count() == 0) QSKIP("no GPU");
    auto device = parse_device(name.toStdString());
    device.threads = 1;
    const Engine engine(demo_checkpoint(), device);
    const auto& layers = demo_checkpoint()->layers();
    const auto base = resolve(plan_of("all-base", Precision::fp32), layers);
    const auto model = engine.bind_to_refill(base);
    const auto& request = heard_.clips[0].request;
    const auto& sound = *heard_.clips[0].sound;
    const auto made_by = [&](const BoundModel& speaker) {
      const auto spoken = engine.synthesize(speaker, request, {});
      const auto voice = engine.condition(speaker, sound, {});
      return std::tuple(spoken.mel, spoken.waveform, engine.tokenize(speaker, sound, {}),
                        engine.embed(speaker, sound, {}), voice.embedding, voice.prompt_token);
    };
    const auto shared = engine.bind(base);  // so that a model of its own makes one layer anew
    const auto before = made_by(*shared);
    QVERIFY(made_by(*model) == before);
    std::mt19937_64 random(random_seed());
    for (int i = 0; i < 12;) {
      const auto layer = random() % layers.size();
      if (damage_kind(layers[layer]) != static_cast<DamageKind>(i % 4)) continue;
      auto plan = base.plan;
      plan.layers[layers[layer].name] = {.force = true};
      const auto other = resolve(plan, layers);
      const auto& recipe = other.layers[layer].effective;
      if (!model->refills(layer, recipe)) continue;
      ++i;
      const auto weight = weight_of(*demo_checkpoint(), layers[layer], recipe);
      const auto held = model->refill(layer, other.layers[layer], weight);
      const auto in_place = made_by(*model);
      QVERIFY2(in_place == made_by(*engine.bind(other)), layers[layer].name.c_str());
      // Tokens may well be the same.
      if (damage_kind(layers[layer]) != DamageKind::tokens)
        QVERIFY2(in_place != before, layers[layer].name.c_str());
      (void)model->refill(layer, base.layers[layer], held);
      QVERIFY2(made_by(*model) == before, layers[layer].name.c_str());
    }
  }

  /// Also where nothing has been heard by it yet.
  void a_layer_is_replaced_before_its_part_is_made() {
    const auto& layers = demo_checkpoint()->layers();
    const auto base = resolve(plan_of("all-base", Precision::fp32), layers);
    const auto model = engine_.bind_to_refill(base);
    auto plan = base.plan;
    const std::string name = "speaker_encoder.xvector.dense.linear";
    plan.layers[name] = {.force = true};
    const auto other = resolve(plan, layers);
    const auto layer = static_cast<std::size_t>(demo_checkpoint()->find(name) - layers.data());
    const auto& sound = *heard_.clips[0].sound;
    (void)model->refill(layer, other.layers[layer],
                        weight_of(*demo_checkpoint(), layers[layer], other.layers[layer].effective));
    QCOMPARE(engine_.embed(*model, sound, {}), engine_.embed(*engine_.bind(other), sound, {}));
  }

  void clips_are_heard_by_the_base_and_no_longer_than_asked() {
    const auto short_ones = heard_in_base(engine_, Precision::bf16, two_clips(), 0.3, {});
    Sound cut = *two_clips()[0].sound;
    cut.samples.resize(4800);
    const auto model = engine_.bind(plan_of("all-base", Precision::bf16));
    QCOMPARE(short_ones.clips[0].request.tokens, engine_.tokenize(*model, cut, {}));
    QCOMPARE(short_ones.clips[0].request.voice.embedding, engine_.condition(*model, cut, {}).embedding);
  }

  /// At places drawn anew each time, within a layer or between two.
  void an_interrupted_study_ends_in_the_same_bytes() {
    int reports = 0;
    const auto whole = to_json(measured(question_of(kFew), {{}, [&](const Progress&) { ++reports; }}));
    std::mt19937_64 random(random_seed());
    for (int i = 0; i < 20; ++i) {
      auto file = to_json(begun(question_of(kFew)));
      const int last = static_cast<int>(random() % static_cast<unsigned>(reports));
      std::stop_source stop;
      int seen = 0;
      try {
        const JobControl control{stop.get_token(), [&](const Progress&) {
                                   if (seen++ == last) stop.request_stop();
                                 }};
        (void)gone_on(begun(question_of(kFew)), control,
                      [&](const Sensitivity& study) { file = to_json(study); });
      } catch (const Error& error) {
        QCOMPARE(static_cast<int>(error.kind()), static_cast<int>(ErrorKind::cancelled));
      }
      const auto left = resumed(begun(question_of(kFew)), file, "file");
      QCOMPARE(to_json(gone_on(left, {}, nothing)), whole);
    }
  }

  /// Whichever is ready first, and stopped anywhere.
  void several_engines_write_the_bytes_of_one() {
    const auto whole = to_json(measured(question_of(kFew)));
    const Engine second(demo_checkpoint(), {.threads = 1}, StageCache::kForEditing);
    const Engine third(demo_checkpoint(), {.threads = 1});
    std::mt19937_64 random(random_seed());
    for (int i = 0; i < 4; ++i) {
      std::stop_source stop;
      const auto most = random() % 6;
      auto file = to_json(begun(question_of(kFew)));
      try {
        SensitivitySweep sweep({&engine_, &second, &third}, begun(question_of(kFew)), heard_.clips, {});
        (void)sweep.run({stop.get_token(), {}}, [&](const Sensitivity& study) {
          // Of the layers in their order, whoever measured them.
          file = to_json(study);
          QVERIFY(whole.starts_with(file.substr(0, file.rfind(']'))));
          if (study.layers.size() > most) stop.request_stop();
        });
      } catch (const Error& error) {
        QCOMPARE(static_cast<int>(error.kind()), static_cast<int>(ErrorKind::cancelled));
      }
      auto left = resumed(begun(question_of(kFew)), file, "file");
      SensitivitySweep sweep({&second, &engine_}, std::move(left), heard_.clips, {});
      QCOMPARE(to_json(sweep.run({}, nothing)), whole);
    }
  }

  /// A disk that is full ends all of them, by its own error.
  void what_cannot_be_kept_ends_all_engines() {
    const Engine second(demo_checkpoint(), {.threads = 1}, StageCache::kForEditing);
    SensitivitySweep sweep({&engine_, &second}, begun(question_of(kFew)), heard_.clips, {});
    std::size_t kept = 0;
    COMPARE_ERROR((void)sweep.run({},
                                  [&](const Sensitivity& study) {
                                    kept = study.layers.size();
                                    if (kept == 2) throw Error(ErrorKind::output, "no space left");
                                  }),
                  output, "no space left");
    QCOMPARE(kept, std::size_t(2));
  }

  void engines_that_compute_in_other_ways_are_refused() {
    const Engine other(demo_checkpoint(), {.threads = 2}, StageCache::kForEditing);
    COMPARE_ERROR(SensitivitySweep({&engine_, &other}, begun(question_of(kFew)), heard_.clips, {}), usage,
                  "do not compute alike");
  }

  void shards_are_the_whole_when_merged() {
    const auto whole = to_json(measured(question_of(kFew)));
    for (const int parts : {1, 2, 3, 5, 20}) {
      std::vector<Sensitivity> shards;
      for (int part = parts; part >= 1; --part) {
        auto question = question_of(kFew);
        question.shard = {part, parts};
        shards.push_back(parse_sensitivity(to_json(measured(question)), "shard"));
        require_same_subject(shards.front(), shards.back(), "shard");
      }
      QCOMPARE(to_json(merged(shards)), whole);
      if (parts == 1) continue;
      auto lacking = shards;
      lacking.pop_back();
      COMPARE_ERROR((void)merged(lacking), usage, "are not the shards 1 to");
      auto undone = shards;
      if (undone.back().layers.empty()) continue;
      undone.back().layers.pop_back();
      COMPARE_ERROR((void)merged(undone), usage, "is not done");
    }
  }

  /// 70000 is beyond fp16.
  void a_layer_that_cannot_be_made_has_a_fault_and_no_damage() {
    const QTemporaryDir folder;
    const auto path = std::filesystem::path(folder.path().toStdString()) / "large.safetensors";
    auto tensors = load(demo_voice_folder() / "s3gen_demo.safetensors");
    auto& bytes = tensors.at("flow.spk_embed_affine_layer.weight").bytes;
    const float large = 70000;
    std::copy_n(reinterpret_cast<const char*>(&large), sizeof large, bytes.begin());
    save(path, tensors);
    const Engine engine(Checkpoint::open(path), {.threads = 1}, StageCache::kForEditing);
    const auto question =
        question_of("{flow.encoder_proj,flow.spk_embed_affine_layer}", {.precision = Precision::fp16});
    auto study = begin_sensitivity(engine, question, heard_);
    study = SensitivitySweep({&engine}, std::move(study), heard_.clips, {}).run({}, nothing);
    QCOMPARE(study.layers.size(), std::size_t(2));
    const auto& [good, bad] = std::tie(study.layers[0], study.layers[1]);
    QVERIFY(good.fault.empty() && good.damage > 0);
    QVERIFY(std::isnan(bad.damage) && bad.fault.find("flow.spk_embed_affine_layer") != std::string::npos);
    const auto text = to_json(study);
    QVERIFY(text.find("\"damage\":null") != std::string::npos);
    QCOMPARE(to_json(parse_sensitivity(text, "text")), text);
  }

  /// Three at least.
  void clips_are_heard_until_the_interval_is_tight() {
    HeardClips heard;
    for (int i = 0; i < 5; ++i)
      heard.clips.push_back({std::string(1, static_cast<char>('a' + i)), spoken(6 + i)});
    const auto layers = "flow.{encoder_proj,spk_embed_affine_layer}";
    const auto heard_within = [&](double interval) {
      auto question = question_of(layers);
      question.interval = interval;
      auto study = begin_sensitivity(engine_, question, heard);
      return SensitivitySweep({&engine_}, std::move(study), heard.clips, {}).run({}, nothing);
    };
    const auto all = heard_within(0);
    std::size_t fewest = 5;
    for (const auto share : {0.1, 1.0}) {
      const auto some = heard_within(share);
      QCOMPARE(some.layers.size(), all.layers.size());
      for (std::size_t i = 0; i < some.layers.size(); ++i) {
        const auto &values = some.layers[i].clips.clips, &whole = all.layers[i].clips.clips;
        QVERIFY(values.size() >= 3 && std::equal(values.begin(), values.end(), whole.begin()));
        fewest = std::min(fewest, values.size());
        for (auto count = std::size_t(3); count <= values.size(); ++count) {
          const auto mean = mean_with_interval(std::span(whole).first(count));
          QCOMPARE(count == values.size(), count == 5 || *mean.half_width < share * mean.value);
          if (count == values.size()) QCOMPARE(some.layers[i].damage, mean.value);
        }
      }
      const auto text = to_json(some);
      QCOMPARE(to_json(parse_sensitivity(text, "text")), text);
    }
    QCOMPARE(fewest, std::size_t(3));
    auto other = begin_sensitivity(engine_, question_of(layers), heard);
    auto text = to_json(other);
    other.subject.question.interval = 0.5;
    COMPARE_ERROR((void)resumed(other, text, "s.json"), usage, "its interval is another");
  }

  void captured_utterances_have_no_sound_to_hear() {
    HeardClips captured{{{"a", spoken(9)}}, {}};
    auto study = begin_sensitivity(engine_, question_of("tokenizer.encoder.blocks.0.attn.value"), captured);
    study = SensitivitySweep({&engine_}, std::move(study), captured.clips, {}).run({}, nothing);
    QVERIFY(study.layers[0].fault.find("a is a captured utterance") != std::string::npos);
  }

  void what_is_of_another_study_is_refused() {
    const auto file = to_json(measured(question_of("flow.encoder_proj")));
    const auto refused = [&](SensitivityQuestion question, const char* what) {
      COMPARE_ERROR((void)resumed(begun(question), file, "s.json"), usage,
                    std::string("s.json is of another study: its ") + what);
    };
    refused(question_of("flow.*"), "layers");
    refused(question_of("flow.encoder_proj", {.method = Method::dynamic}), "choices");
    auto other = question_of("flow.encoder_proj");
    other.shard = {1, 2};
    refused(other, "shard");
    for (const auto* text : {"", "{}", R"({"format": "octet-validation", "version": 1})"})
      COMPARE_ERROR((void)parse_sensitivity(text, "s.json"), input, "s.json is no octet-sensitivity");
  }

  void questions_that_nothing_answers_are_refused() {
    COMPARE_ERROR((void)begun(question_of("flow.no_such*")), input, "flow.no_such*");
    COMPARE_ERROR((void)begun(question_of("*", {.precision = Precision::fp32})), usage, "no layer would be");
    // Transposed convolutions do not round their inputs.
    const auto study = begun(question_of("mel2wav.{conv_pre,ups.*}", {.method = Method::dynamic}));
    QCOMPARE(study.entries, std::size_t(1));
    QVERIFY(study.warnings.at(0).starts_with("3 layers do not take dynamic"));
  }
};

QTEST_GUILESS_MAIN(TestSensitivity)
#include "test_sensitivity.moc"
