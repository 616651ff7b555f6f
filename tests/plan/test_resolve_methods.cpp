// What a plan's methods are given: calibrations, layers they take, options, warnings.

#include <QTemporaryDir>
#include <QtTest>
#include <set>

#include "core/error.h"
#include "core/plan/method_plans.h"
#include "core/plan/plan.h"
#include "core/quant/methods.h"
#include "tests/calibration_with.h"
#include "tests/layer_table_from_manifest.h"

using octet::Precision;
using octet::PrecisionPlan;

class TestResolveMethods : public QObject {
  Q_OBJECT

  const octet::LayerTable layers_ = octet::test::layer_table_from_manifest();
  const QTemporaryDir folder_;

  octet::Resolution of(const PrecisionPlan& plan, std::string_view name) const {
    return octet::resolve(plan, layers_).layers[octet::test::index_of(layers_, name)];
  }
  static PrecisionPlan plan_of(Precision base, std::vector<octet::Rule> rules) {
    return {.name = "t", .base = base, .rules = std::move(rules), .layers = {}};
  }
  /// Options with a calibration beside what is given.
  static std::string pinned(const std::string& others) {
    return "{" + others + "\"calibration\":\"" + std::string(64, 'a') + "\"}";
  }
  /// What a plan warns of under a calibration of `mel2wav.conv_pre`, three channels.
  std::vector<std::string> warnings(const PrecisionPlan& plan, const std::vector<float>& largest) const {
    const auto path = folder_.filePath("x").toStdString();
    return octet::resolve(plan, layers_, octet::test::calibration_with(path, {{"mel2wav.conv_pre", largest}}))
        .warnings;
  }

 private Q_SLOTS:
  void what_needs_a_calibration_is_kept_without_one_with_the_reason_and_a_warning() {
    auto plan = plan_of(Precision::bf16, {});
    for (const auto method : {octet::Method::gptq, octet::Method::adaround}) {
      plan.layers = {{"mel2wav.conv_pre", {.method = method}}, {"mel2wav.ups.0", {.method = method}}};
      const auto name = std::string(to_string(method));
      const auto resolution = of(plan, "mel2wav.conv_pre");
      QVERIFY(resolution.requested.method == method);
      QVERIFY(resolution.effective == octet::floating_recipe(Precision::bf16));
      QCOMPARE(resolution.reason,
               "kept bf16: " + name + " needs a calibration, and none is given (octet calibrate makes one)");
      const auto warnings = octet::resolve(plan, layers_).warnings;
      QCOMPARE(warnings.size(), 1u);
      QCOMPARE(warnings[0], "2 of the layers that ask for " + name +
                                " are not int8: it needs a calibration, and none is given");
      plan.layers = {{"flow.input_embedding", {.method = method, .force = true}}};
      QVERIFY(of(plan, "flow.input_embedding").reason.find("its inputs are ids") != std::string::npos);
    }
  }

  /// An export has them made, whatever calibration that was with.
  void what_a_file_has_made_needs_no_calibration() {
    auto plan = plan_of(Precision::bf16, {});
    plan.layers["mel2wav.conv_pre"] = {.method = octet::Method::gptq, .options = R"({"block":64})"};
    auto made = layers_;
    auto& layer = made[octet::test::index_of(made, "mel2wav.conv_pre")];
    layer.stored = Precision::int8;
    layer.method = octet::Method::gptq;
    layer.options = octet::spelled_options(
        octet::Method::gptq,
        QByteArray(R"({"block":64,"calibration":"SHA"})").replace("SHA", QByteArray(64, 'a')).toStdString());
    const auto effective = [&] {
      return octet::resolve(plan, made).layers[octet::test::index_of(made, "mel2wav.conv_pre")].effective;
    };
    QVERIFY(effective().storage == Precision::int8);
    QCOMPARE(effective().options, layer.options);
    QVERIFY(octet::resolve(plan, made).warnings.empty());
    plan.layers["mel2wav.conv_pre"].options = R"({"block":32})";
    QVERIFY(effective().storage == Precision::bf16);
  }

  /// LLM.int8() looks at the input as it comes, or at what a calibration heard.
  void outliers_of_a_calibration_need_one() {
    auto plan = plan_of(Precision::bf16, {});
    plan.layers["mel2wav.conv_pre"] = {.method = octet::Method::llm_int8,
                                       .options = R"({"outliers":"calibration"})"};
    QCOMPARE(of(plan, "mel2wav.conv_pre").reason,
             "kept bf16: llm-int8 needs a calibration, and none is given (octet calibrate makes one)");
    const auto path = folder_.filePath("x").toStdString();
    const auto calibration = octet::test::calibration_with(path, {{"mel2wav.conv_pre", {1, 2}}});
    const auto index = octet::test::index_of(layers_, "mel2wav.conv_pre");
    const auto effective = octet::resolve(plan, layers_, calibration).layers[index].effective;
    QVERIFY(effective.storage == Precision::int8);
    QCOMPARE(octet::calibration_of(effective), calibration->sha256());
    plan.layers["mel2wav.conv_pre"].options = R"({"threshold":4})";
    const auto in_input = octet::resolve(plan, layers_, calibration).layers[index].effective;
    QVERIFY(!octet::needs_calibration(in_input) && octet::calibration_of(in_input).empty());
  }

  void biases_are_corrected_where_there_are_some() {
    auto plan = plan_of(Precision::bf16, {});
    const auto reason = [&](const std::string& layer) {
      plan.layers = {{layer, {.options = R"({"bias_correction":true})", .force = true}}};
      return of(plan, layer).reason;
    };
    const auto bare = std::ranges::find_if(layers_, [](const octet::Layer& layer) {
      return layer.type == octet::LayerType::linear && layer.component == "flow" && layer.tensors.size() == 1;
    });
    QVERIFY(bare != layers_.end());
    QCOMPARE(reason(bare->name), "kept bf16: it has no bias to correct: leave bias_correction out");
    QCOMPARE(reason("mel2wav.conv_pre"),
             "kept bf16: weight-only needs a calibration, and none is given (octet calibrate makes one)");
    plan.layers["mel2wav.conv_pre"].options = R"({"bias_correction":false})";
    QVERIFY(of(plan, "mel2wav.conv_pre").effective.options.empty());
    plan.layers["mel2wav.conv_pre"].options = pinned("");
    QVERIFY_THROWS_EXCEPTION(octet::Error, of(plan, "mel2wav.conv_pre"));
  }

  /// Rounded inputs are for products.
  void rounded_inputs_are_for_layers_that_multiply_and_kept_with_the_reason_elsewhere_data() {
    QTest::addColumn<QByteArray>("method");
    QTest::newRow("dynamic") << QByteArray("dynamic");
    QTest::newRow("llm-int8") << QByteArray("llm-int8");
  }
  void rounded_inputs_are_for_layers_that_multiply_and_kept_with_the_reason_elsewhere() {
    QFETCH(QByteArray, method);
    const auto name = method.toStdString();
    const auto asked = *octet::method_from(name);
    auto plan = plan_of(Precision::bf16, {});
    const auto effective = [&](const char* layer) {
      plan.layers = {{layer, {.method = asked, .force = true}}};
      return of(plan, layer);
    };
    for (const auto* layer : {"mel2wav.conv_pre", "flow.encoder.encoders.0.feed_forward.w_1"})
      QVERIFY(effective(layer).effective.method == asked);
    QCOMPARE(effective("mel2wav.ups.0").reason,
             "kept bf16: " + name + " is for Linear and Conv1d, not ConvTranspose1d");
    QCOMPARE(effective("flow.input_embedding").reason,
             "kept bf16: " + name + " is for Linear and Conv1d, not Embedding");
    const auto depthwise = effective("tokenizer.encoder.blocks.0.attn.fsmn_block");
    QVERIFY(depthwise.effective.storage != Precision::int8);
    QVERIFY(depthwise.reason.find("one by one") != std::string::npos);
  }

  void one_scale_for_all_inputs_of_the_vocoder_is_a_warning() {
    auto plan = plan_of(Precision::fp32, {});
    const auto warnings = [&](const char* match, const char* options) {
      plan.rules = {{.match = match,
                     .type = octet::LayerType::conv1d,
                     .choice = {.method = octet::Method::dynamic, .options = options}}};
      return octet::resolve(plan, layers_).warnings;
    };
    const auto said = warnings("mel2wav.resblocks.0.*", "");
    QCOMPARE(said.size(), 1u);
    QVERIFY2(said[0].starts_with("6 layers: dynamic with one scale") &&
                 said[0].find("scales=token") != said[0].npos,
             said[0].c_str());
    QVERIFY(warnings("mel2wav.resblocks.0.*", R"({"scales":"token"})").empty());
    QVERIFY(warnings("flow.*", "").empty());
  }

  /// What `octet compare --methods` puts beside each other.
  void a_plan_by_each_method_is_int8_where_the_plan_is() {
    auto plan = octet::preset("seed", Precision::bf16, false);
    plan.layers["mel2wav.conv_post"] = {.precision = Precision::fp16};
    const auto calibration = octet::test::calibration_with(folder_.filePath("x").toStdString(), {});
    const auto plans = octet::by_each_method(plan, calibration.get());
    std::set<std::string> names;
    for (const auto& by_method : plans) {
      names.insert(by_method.name);
      QCOMPARE(by_method.rules.size(), plan.rules.size());
      for (std::size_t i = 0; i < plan.rules.size(); ++i)
        QVERIFY(by_method.rules[i].choice.precision == plan.rules[i].choice.precision);
      QVERIFY(by_method.layers == plan.layers);
    }
    QCOMPARE(names.size(), plans.size());
    QVERIFY(names.contains("weight-only") && names.contains("dynamic scales=token") &&
            names.contains("llm-int8 threshold=infinity") && names.contains("gptq") &&
            names.contains("adaround"));
    for (const auto& by_method : octet::by_each_method(plan, nullptr)) names.erase(by_method.name);
    QVERIFY((names == std::set<std::string>{"gptq", "adaround", "llm-int8 outliers=calibration",
                                            "weight-only bias_correction=true"}));
    for (const auto& layer : octet::resolve(octet::without_int8(plan), layers_).layers)
      QVERIFY(layer.requested.storage != Precision::int8);
  }

  void options_are_part_of_the_recipe_in_one_spelling() {
    auto plan = plan_of(Precision::bf16, {});
    auto method = octet::Method::weight_only;
    const auto options = [&](const char* text) {
      plan.layers["mel2wav.conv_pre"] = {.method = method, .options = text};
      return of(plan, "mel2wav.conv_pre").effective.options;
    };
    QCOMPARE(options(R"({"clip":"none"})"), std::string());
    QCOMPARE(options(R"({"clip":"mse"})"), std::string(R"({"clip":"mse"})"));
    QCOMPARE(options(R"({"percentile":99.90,"clip":"percentile"})"), std::string(R"({"clip":"percentile"})"));
    QCOMPARE(options(R"({"clip":"percentile","percentile":99})"),
             std::string(R"({"clip":"percentile","percentile":99.0})"));
    QCOMPARE(options(R"({"group":32,"asymmetric":true})"), std::string(R"({"asymmetric":true,"group":32})"));
    QCOMPARE(options(R"({"group":0,"asymmetric":false})"), std::string());
    QVERIFY_THROWS_EXCEPTION(octet::Error, options(R"({"block":128})"));
    method = octet::Method::dynamic;
    QCOMPARE(options(R"({"scales":"tensor"})"), std::string());
    QCOMPARE(options(R"({"scales": "token"})"), std::string(R"({"scales":"token"})"));
    QVERIFY_THROWS_EXCEPTION(octet::Error, options(R"({"clip":"mse"})"));
    QVERIFY_THROWS_EXCEPTION(octet::Error, options(R"({"scales":"channel"})"));
    method = octet::Method::llm_int8;
    QCOMPARE(options(R"({"threshold":6})"), std::string());
    QCOMPARE(options(R"({"threshold":0})"), std::string(R"({"threshold":0.0})"));
    QCOMPARE(options(R"({"threshold": 4.5})"), std::string(R"({"threshold":4.5})"));
    QCOMPARE(options(R"({"threshold":"infinity"})"), std::string(R"({"threshold":"infinity"})"));
    QCOMPARE(options(R"({"outliers":"input"})"), std::string());
    QVERIFY(of(plan, "mel2wav.conv_pre").effective.storage == Precision::int8);
    for (const auto& wrong :
         {std::string(R"({"outliers":"all"})"), pinned(R"("outliers":"input",)"), pinned("")})
      QVERIFY_THROWS_EXCEPTION(octet::Error, options(wrong.c_str()));
    for (const auto* wrong :
         {R"({"threshold":-1})", R"({"threshold":1e39})", R"({"threshold":"many"})", R"({"scales":"token"})"})
      QVERIFY_THROWS_EXCEPTION(octet::Error, options(wrong));
  }

  void inputs_that_fp16_has_no_room_for_are_a_warning_with_the_layers_name() {
    auto plan = plan_of(Precision::fp32, {});
    for (const auto precision : {Precision::fp16, Precision::int8}) {
      plan.base = precision == Precision::int8 ? Precision::fp16 : Precision::fp32;  // int8 over fp16
      plan.rules = {{.match = "*", .choice = {.precision = Precision::bf16, .force = true}}};
      plan.layers = {{"mel2wav.conv_pre", {.precision = precision, .force = true}}};
      if (precision == Precision::int8) plan.rules.clear();
      auto said = warnings(plan, {1, 16377, 2});
      QVERIFY2(!said.empty() && said[0].starts_with("fp16 ends at 65504") &&
                   said[0].find("mel2wav.conv_pre (16377)") != said[0].npos,
               said.empty() ? "nothing" : said[0].c_str());
      for (const auto& warning : warnings(plan, {1, 16375, 2}))
        QVERIFY2(!warning.starts_with("fp16 ends"), warning.c_str());
    }
  }

  /// A step of one scale is 1/255 of the largest input at least.
  void one_scale_that_leaves_half_of_the_channels_within_a_step_is_a_warning() {
    auto plan = plan_of(Precision::fp32, {});
    plan.layers = {{"flow.encoder_proj", {.precision = Precision::int8}}};
    plan.layers["mel2wav.conv_pre"] = {.method = octet::Method::dynamic, .force = true};
    const auto coarse = [&](const std::vector<float>& largest) {
      const auto said = warnings(plan, largest);
      return std::ranges::count_if(said, [](const std::string& warning) {
        return warning.find("within one step: mel2wav.conv_pre (largest 510") != warning.npos;
      });
    };
    QCOMPARE(coarse({1.9F, 510, 1.9F}), 1);
    QCOMPARE(coarse({2.1F, 510, 2.1F}), 0);
    QCOMPARE(coarse({1.9F, 510, 2.1F}), 0);  // one of three
    plan.layers["mel2wav.conv_pre"].options = R"({"scales":"token"})";
    QCOMPARE(coarse({1.9F, 510, 1.9F}), 0);
  }

  void layers_of_which_a_calibration_has_nothing_are_named_where_it_matters() {
    auto plan = plan_of(Precision::fp32, {});
    plan.layers = {{"flow.encoder_proj", {.method = octet::Method::dynamic}}};
    auto said = warnings(plan, {1});
    QCOMPARE(said.size(), 1u);
    QVERIFY2(said[0].find("has nothing of") != said[0].npos && said[0].ends_with(": flow.encoder_proj"),
             said[0].c_str());
    plan.layers["flow.encoder_proj"].method = octet::Method::weight_only;  // which rounds no inputs
    QVERIFY(warnings(plan, {1}).empty());
  }

  void layers_that_no_calibration_listens_to_are_counted() {
    auto plan = plan_of(Precision::fp32, {});
    plan.layers = {{"mel2wav.conv_pre", {.precision = Precision::fp16, .force = true}}};
    QVERIFY(warnings(plan, {1, 1, 1}).empty());
    for (const auto* layer : {"speaker_encoder.head.conv1", "speaker_encoder.head.conv2"})
      plan.layers[layer] = {.precision = Precision::fp16, .force = true};
    const auto said = warnings(plan, {1, 1, 1});
    QCOMPARE(said.size(), 1u);
    QVERIFY2(said[0].ends_with("where no calibration listens (layers: 2)"), said[0].c_str());
  }

  void a_damaged_range_is_refused_with_the_tensors_name() {
    for (const auto wrong : {-1.0F, std::nanf("")}) {
      try {
        (void)warnings(plan_of(Precision::fp32, {}), {1, wrong});
        QFAIL("it was taken");
      } catch (const octet::Error& error) {
        QVERIFY(error.kind() == octet::ErrorKind::input);
        QVERIFY2(QByteArray(error.what()).contains("tensor mel2wav.conv_pre.largest"), error.what());
      }
    }
  }
};

QTEST_GUILESS_MAIN(TestResolveMethods)
#include "test_resolve_methods.moc"
