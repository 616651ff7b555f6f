#include <QtTest>
#include <set>

#include "core/error.h"
#include "core/plan/plan.h"
#include "tests/layer_table_from_manifest.h"

using octet::LayerTable;
using octet::Precision;
using octet::PrecisionPlan;

Q_DECLARE_METATYPE(octet::Precision)

class TestResolve : public QObject {
  Q_OBJECT

  const LayerTable layers_ = octet::test::layer_table_from_manifest();

  octet::Resolution of(const PrecisionPlan& plan, std::string_view name) const {
    return octet::resolve(plan, layers_).layers[octet::test::index_of(layers_, name)];
  }
  static PrecisionPlan plan_of(Precision base, std::vector<octet::Rule> rules) {
    return {.name = "t", .base = base, .rules = std::move(rules), .layers = {}};
  }
  static octet::Rule rule(std::string match, Precision precision, bool force = false) {
    return {.match = std::move(match), .type = {}, .choice = {.precision = precision, .force = force}};
  }

 private Q_SLOTS:
  void the_last_rule_wins_and_layers_beat_rules() {
    auto plan = plan_of(Precision::bf16, {rule("*", Precision::fp32), rule("mel2wav.*", Precision::int8),
                                          rule("mel2wav.ups.*", Precision::fp16)});
    QVERIFY(of(plan, "flow.encoder_proj").effective.storage == Precision::fp32);
    QVERIFY(of(plan, "mel2wav.conv_pre").effective.storage == Precision::int8);
    QVERIFY(of(plan, "mel2wav.conv_pre").effective.base ==
            Precision::fp32);  // the first rule, int8 left aside
    QVERIFY(of(plan, "mel2wav.ups.1").effective.storage == Precision::fp16);
    plan.layers["mel2wav.ups.1"] = {.precision = Precision::int8};
    QVERIFY(of(plan, "mel2wav.ups.1").effective.storage == Precision::int8);
    QVERIFY(of(plan, "mel2wav.ups.1").effective.base == Precision::fp16);
    QVERIFY(of(plan, "mel2wav.ups.2").effective.storage == Precision::fp16);
    std::swap(plan.rules[1], plan.rules[2]);
    QVERIFY(of(plan, "mel2wav.ups.2").effective.storage == Precision::int8);
  }

  void a_rule_with_a_type_leaves_other_types_alone() {
    const auto seed = octet::preset("seed", Precision::bf16, false);
    QVERIFY(of(seed, "flow.decoder.estimator.mid_blocks.0.0.block1.block.0").effective.storage ==
            Precision::int8);
    QVERIFY(of(seed, "flow.decoder.estimator.mid_blocks.0.0.mlp.1").effective.storage == Precision::bf16);
    QVERIFY(of(seed, "flow.decoder.estimator.mid_blocks.0.1.0.ff.net.0.proj").effective.storage ==
            Precision::int8);
    QVERIFY(of(seed, "flow.decoder.estimator.mid_blocks.0.1.0.attn1.to_q").effective.storage ==
            Precision::bf16);
  }

  void every_layer_the_seed_keeps_says_why_by_its_position() {
    const auto resolved = octet::resolve(octet::preset("seed", Precision::bf16, false), layers_);
    QVERIFY(resolved.warnings.empty());
    std::set<std::string> reasons;
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const auto& reason = resolved.layers[i].reason;
      QVERIFY2(!reason.empty(), layers_[i].name.c_str());
      if (resolved.layers[i].effective.storage == Precision::int8) continue;
      QVERIFY2(!QByteArray::fromStdString(reason).contains("no position"), layers_[i].name.c_str());
      QVERIFY2(!QByteArray::fromStdString(reason).contains("no rule asks"), layers_[i].name.c_str());
      reasons.insert(reason);
    }
    QCOMPARE(reasons.size(), 21u);
  }

  void reasons_read_as_sentences_data() {
    QTest::addColumn<QByteArray>("layer");
    QTest::addColumn<QByteArray>("reason");
    const auto row = [](const char* layer, const char* reason) {
      QTest::newRow(layer) << QByteArray(layer) << QByteArray(reason);
    };
    row("mel2wav.m_source.l_linear", "kept fp32: the source path is computed exactly");
    row("mel2wav.ups.0", "int8: asked for by the rule \"mel2wav.ups.*\"");
    row("tokenizer.encoder.conv1", "fp32: half precision changes tokens");
    row("flow.decoder.estimator.mid_blocks.3.1.0.attn1.to_out.0",
        "base bf16: attention projections are not on the seed's list");
    row("flow.encoder.encoders.2.self_attn.linear_pos",
        "base bf16: attention projections are not on the seed's list");
    row("flow.decoder.estimator.time_mlp.linear_1",
        "base bf16: an error in the timestep embedding enters every block");
    row("speaker_encoder.xvector.dense.linear", "base bf16: the final speaker embedding is the voice itself");
    row("speaker_encoder.xvector.block1.tdnnd1.cam_layer.linear1",
        "base bf16: CAM attention layers scale whole channels");
    row("speaker_encoder.xvector.block1.tdnnd1.cam_layer.linear_local",
        "base bf16: the speaker encoder is not on the seed's list; it runs once a voice");
    row("tokenizer.window", "kept fp32: a fixed table is copied as it is");
  }
  void reasons_read_as_sentences() {
    QFETCH(QByteArray, layer);
    QFETCH(QByteArray, reason);
    QCOMPARE(of(octet::preset("seed", Precision::bf16, false), layer.toStdString()).reason,
             reason.toStdString());
  }

  void protected_layers_need_force_data() {
    QTest::addColumn<QByteArray>("layer");
    QTest::addColumn<Precision>("asked");
    QTest::addColumn<Precision>("kept");
    const auto row = [](const char* layer, Precision asked, Precision kept) {
      QTest::addRow("%s %s", layer, std::string(octet::to_string(asked)).c_str())
          << QByteArray(layer) << asked << kept;
    };
    row("mel2wav.m_source.l_linear", Precision::int8, Precision::fp32);
    row("mel2wav.m_source.l_linear", Precision::bf16, Precision::fp32);
    row("mel2wav.conv_post", Precision::int8, Precision::bf16);
    row("flow.decoder.estimator.time_mlp.linear_2", Precision::int8, Precision::bf16);
    row("speaker_encoder.xvector.dense.linear", Precision::int8, Precision::bf16);
    row("speaker_encoder.xvector.block2.tdnnd7.cam_layer.linear2", Precision::int8, Precision::bf16);
    row("tokenizer.encoder.blocks.0.mlp.0", Precision::int8, Precision::fp32);
    row("tokenizer.encoder.blocks.0.mlp.0", Precision::bf16, Precision::fp32);
    row("tokenizer.encoder.blocks.0.attn_ln", Precision::bf16, Precision::fp32);
    row("mel2wav.resblocks.0.activations1.0", Precision::fp16, Precision::fp32);
    row("speaker_encoder.head.bn1", Precision::fp16, Precision::fp32);
  }
  void protected_layers_need_force() {
    QFETCH(QByteArray, layer);
    QFETCH(Precision, asked);
    QFETCH(Precision, kept);
    auto plan = plan_of(Precision::bf16, {});
    plan.layers[layer.toStdString()] = {.precision = asked};
    const auto result = of(plan, layer.toStdString());
    QVERIFY(result.effective.storage == kept);
    QVERIFY(result.requested.storage == asked);
    QVERIFY2(result.reason.starts_with("kept "), result.reason.c_str());
    QVERIFY2(result.reason.ends_with("(\"force\" overrides this)"), result.reason.c_str());
    plan.layers[layer.toStdString()].force = true;
    const auto forced = of(plan, layer.toStdString());
    QVERIFY(forced.effective.storage == asked);
    QVERIFY2(forced.reason.find(" by force, although ") != std::string::npos, forced.reason.c_str());
  }

  void the_meanflow_mixer_is_protected_as_a_timestep_embedding() {
    const octet::Layer mixer{
        .name = "flow.decoder.estimator.time_embed_mixer",
        .type = octet::LayerType::linear,
        .component = "flow",
        .tensors = {{.name = "flow.decoder.estimator.time_embed_mixer.weight", .shape = {1024, 2048}}}};
    const auto resolved = octet::resolve(plan_of(Precision::bf16, {rule("*", Precision::int8)}), {mixer});
    QVERIFY(resolved.layers.at(0).effective.storage == Precision::bf16);
    QVERIFY(resolved.layers.at(0).reason.find("timestep embedding") != std::string::npos);
  }

  void attention_is_kept_by_the_seed_but_not_protected() {
    const auto plan = plan_of(Precision::bf16, {rule("*.self_attn.linear_q", Precision::int8)});
    QVERIFY(of(plan, "flow.encoder.encoders.0.self_attn.linear_q").effective.storage == Precision::int8);
  }

  void layers_without_a_matrix_are_never_int8() {
    const auto plan = plan_of(Precision::bf16, {rule("*", Precision::int8, true)});
    const auto resolved = octet::resolve(plan, layers_);
    for (std::size_t i = 0; i < layers_.size(); ++i)
      QCOMPARE(resolved.layers[i].effective.storage == Precision::int8, layers_[i].quantizable());
    QCOMPARE(of(plan, "mel2wav.resblocks.0.activations1.0").reason,
             std::string("kept bf16: a Snake has no weight matrix that int8 could hold"));
    QVERIFY(of(plan, "flow.encoder.after_norm").effective.storage == Precision::bf16);
    QVERIFY(of(plan, "tokenizer.encoder.blocks.0.attn_ln").effective.storage == Precision::fp32);
    QVERIFY(of(plan, "tokenizer._mel_filters").effective.storage == Precision::fp32);
  }

  void base_fp16_keeps_in_fp32_what_half_precision_breaks() {
    const auto plan = octet::preset("all-base", Precision::fp16, false);
    const auto resolved = octet::resolve(plan, layers_);
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      const auto& layer = layers_[i];
      const bool fp32 = layer.component == "tokenizer" || layer.type == octet::LayerType::snake ||
                        layer.type == octet::LayerType::batch_norm ||
                        layer.name == "mel2wav.m_source.l_linear";
      QVERIFY2(resolved.layers[i].effective.storage == (fp32 ? Precision::fp32 : Precision::fp16),
               layer.name.c_str());
    }
    QCOMPARE(of(plan, "mel2wav.resblocks.0.activations1.0").reason,
             std::string("kept fp32: Snake's alpha is never int8, and 1/(alpha + 1e-9) overflows fp16"));
  }

  void the_tokenizer_stays_fp32_unless_included() {
    for (const auto& name : octet::preset_names()) {
      const auto kept = octet::resolve(octet::preset(name, Precision::bf16, false), layers_);
      const auto included = octet::resolve(octet::preset(name, Precision::bf16, true), layers_);
      for (std::size_t i = 0; i < layers_.size(); ++i) {
        if (layers_[i].component != "tokenizer") {
          QVERIFY(kept.layers[i].effective.storage == included.layers[i].effective.storage);
        } else {
          QVERIFY(kept.layers[i].effective.storage == Precision::fp32);
          if (layers_[i].type != octet::LayerType::buffer)
            QVERIFY2(included.layers[i].effective.storage != Precision::fp32, layers_[i].name.c_str());
        }
      }
    }
  }

  void presets_hold_the_layers_they_are_named_after_data() {
    QTest::addColumn<QByteArray>("preset");
    QTest::addColumn<bool>("include_tokenizer");
    QTest::addColumn<int>("int8_layers");
    // The model has 465 Linear, 37 of them in the tokenizer, 352 Conv1d (8), 3 ConvTranspose1d and 12 Conv2d.
    QTest::newRow("seed-start") << QByteArray("seed-start") << false << 72 + 5;
    QTest::newRow("all-int8") << QByteArray("all-int8") << false << (465 - 37) + (352 - 8) + 3 + 12;
    QTest::newRow("all-int8 tokenizer") << QByteArray("all-int8") << true << 465 + 352 + 3 + 12;
    // Protected Linears: time_mlp (2) and the source's l_linear.
    QTest::newRow("linear-only") << QByteArray("linear-only") << false << 465 - 37 - 3;
    QTest::newRow("linear-only tokenizer") << QByteArray("linear-only") << true << 465 - 3;
    // mel2wav's 77 Conv1d but conv_post, 3 ConvTranspose1d, the 5 of f0.
    QTest::newRow("vocoder-only") << QByteArray("vocoder-only") << false << 77 - 1 + 3 + 5;
    QTest::newRow("all-base") << QByteArray("all-base") << true << 0;
  }
  void presets_hold_the_layers_they_are_named_after() {
    QFETCH(QByteArray, preset);
    QFETCH(bool, include_tokenizer);
    QFETCH(int, int8_layers);
    const auto resolved =
        octet::resolve(octet::preset(preset.toStdString(), Precision::bf16, include_tokenizer), layers_);
    QVERIFY(resolved.warnings.empty());
    QCOMPARE(std::count_if(resolved.layers.begin(), resolved.layers.end(),
                           [](const auto& layer) { return layer.effective.storage == Precision::int8; }),
             int8_layers);
  }

  void unknown_presets_are_refused() {
    QVERIFY_THROWS_EXCEPTION(octet::Error, octet::preset("sed", Precision::bf16, false));
    QVERIFY_THROWS_EXCEPTION(octet::Error, octet::preset("seed", Precision::int8, false));
  }

  void a_rule_that_matches_nothing_is_a_warning_with_its_line() {
    const auto plan = octet::parse_plan(
        "{\"format\": \"octet-plan\", \"version\": 1, \"rules\": [\n"
        "{\"match\": \"mel2wav.resblock.*\", \"precision\": \"int8\"},\n"
        "{\"match\": \"mel2wav.ups.*\", \"type\": \"Linear\", \"precision\": \"int8\"}]}",
        "p.json");
    const auto resolved = octet::resolve(plan, layers_);
    const auto& warnings = resolved.warnings;
    QVERIFY(resolved.empty);
    QCOMPARE(warnings.size(), 2u);
    QCOMPARE(warnings[0], std::string("p.json: line 2: the rule \"mel2wav.resblock.*\" matches no layer"));
    QCOMPARE(warnings[1],
             std::string("p.json: line 3: the rule \"mel2wav.ups.*\" matches no layer of type Linear"));
  }

  void a_plan_is_empty_when_all_it_says_is_about_nothing() {
    const auto nothing = rule("flow.nothing.*", Precision::int8);
    QVERIFY(octet::resolve(plan_of(Precision::bf16, {nothing, nothing}), layers_).empty);
    QVERIFY(!octet::resolve(plan_of(Precision::bf16, {}), layers_).empty);
    QVERIFY(
        !octet::resolve(plan_of(Precision::bf16, {nothing, rule("flow.*", Precision::int8)}), layers_).empty);
    auto with_override = plan_of(Precision::bf16, {nothing});
    with_override.layers["mel2wav.conv_pre"] = {};
    QVERIFY(!octet::resolve(with_override, layers_).empty);
    LayerTable flow;
    std::copy_if(layers_.begin(), layers_.end(), std::back_inserter(flow),
                 [](const auto& layer) { return layer.component == "flow"; });
    QVERIFY(!octet::resolve(octet::preset("vocoder-only", Precision::bf16, false), flow).empty);
  }

  void rules_about_components_that_the_file_lacks_are_silent() {
    LayerTable flow;
    std::copy_if(layers_.begin(), layers_.end(), std::back_inserter(flow),
                 [](const auto& layer) { return layer.component == "flow"; });
    for (const auto& name : octet::preset_names())
      QVERIFY(octet::resolve(octet::preset(name, Precision::bf16, true), flow).warnings.empty());
    auto plan = plan_of(Precision::bf16, {rule("flow.nothing.*", Precision::int8)});
    plan.layers["mel2wav.conv_pre"] = {};
    const auto warnings = octet::resolve(plan, flow).warnings;
    QCOMPARE(warnings.size(), 2u);
    QVERIFY(warnings[0].find("this checkpoint has no mel2wav") != std::string::npos);
  }

  void a_name_beyond_all_layers_is_compared_with_none() {
    auto plan = plan_of(Precision::bf16, {});
    plan.layers[std::string(4'000'000, 'x')] = {};  // compared letter by letter, it would take hours
    try {
      octet::resolve(plan, layers_);
      QFAIL("accepted");
    } catch (const octet::Error& error) {
      QVERIFY(error.hint().empty());
      QVERIFY(QByteArray(error.what()).size() < 1000);
    }
  }

  void a_layer_that_does_not_exist_is_an_error_with_its_line_and_a_hint() {
    const auto plan = octet::parse_plan(
        "{\"format\": \"octet-plan\", \"version\": 1, \"layers\": {\n"
        "\n\"mel2wav.conv_per\": {\"precision\": \"int8\"}}}",
        "p.json");
    try {
      octet::resolve(plan, layers_);
      QFAIL("accepted");
    } catch (const octet::Error& error) {
      QCOMPARE(static_cast<int>(error.kind()), static_cast<int>(octet::ErrorKind::input));
      QCOMPARE(std::string(error.what()),
               std::string("p.json: line 3: no layer is named \"mel2wav.conv_per\""));
      QCOMPARE(error.hint(), std::string("did you mean \"mel2wav.conv_pre\"?"));
    }
  }
};

QTEST_GUILESS_MAIN(TestResolve)
#include "test_resolve.moc"
