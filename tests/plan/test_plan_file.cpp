#include <QtTest>

#include "core/error.h"
#include "core/plan/plan.h"

using octet::PrecisionPlan;

namespace {

/// The plan that formats.md shows.
constexpr const char* kShown =
    R"({"format": "octet-plan", "version": 1, "name": "seed", "base": "bf16",
 "rules": [
  {"match": "tokenizer.*", "precision": "fp32", "reason": "half precision changes tokens"},
  {"match": "mel2wav.{resblocks,source_resblocks}.*", "type": "Conv1d", "precision": "int8"},
  {"match": "mel2wav.ups.*", "type": "ConvTranspose1d", "precision": "int8"},
  {"match": "mel2wav.f0_predictor.condnet.*", "type": "Conv1d", "precision": "int8"},
  {"match": "flow.encoder.{pre_lookahead_layer,up_layer}.*", "type": "Conv1d", "precision": "int8"},
  {"match": "flow.encoder.*.feed_forward.*", "type": "Linear", "precision": "int8"},
  {"match": "flow.decoder.estimator.{down,mid,up}_blocks.*", "type": "Conv1d", "precision": "int8"},
  {"match": "flow.decoder.estimator.*.ff.*", "type": "Linear", "precision": "int8"}],
 "layers": {
  "mel2wav.conv_pre": {"precision": "int8", "method": "gptq", "options": {"block": 64}}}}
)";

}  // namespace

class TestPlanFile : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void reads_and_writes_the_documented_plan() {
    const auto plan = octet::parse_plan(kShown, "shown.plan.json");
    QCOMPARE(plan.rules.size(), 8u);
    QVERIFY(plan.rules[1].type == octet::LayerType::conv1d);
    QVERIFY(!plan.rules[0].type);
    QVERIFY(plan.base == octet::Precision::bf16);
    const auto& pre = plan.layers.at("mel2wav.conv_pre");
    QVERIFY(pre.method == octet::Method::gptq);
    QCOMPARE(pre.options, std::string(R"({"block":64})"));
    QCOMPARE(pre.place.line, 12);
    QCOMPARE(plan.rules[2].choice.place.line, 5);
    QCOMPARE(octet::format_plan(plan), std::string(kShown));
    auto rules_only = plan;
    rules_only.layers.clear();
    QVERIFY(octet::preset("seed", octet::Precision::bf16, false) == rules_only);
  }

  void every_field_survives_a_round_trip() {
    PrecisionPlan plan{
        .name = "odd \"name\"\n\xc3\xa9", .base = octet::Precision::fp16, .rules = {}, .layers = {}};
    plan.rules.push_back({.match = "a.{b,c}.?*",
                          .type = octet::LayerType::conv_transpose1d,
                          .choice = {.precision = octet::Precision::int8,
                                     .method = octet::Method::llm_int8,
                                     .options = R"({"threshold":4.5})",
                                     .force = true,
                                     .reason = "because\t{braces}"}});
    plan.rules.push_back({.match = "", .type = {}, .choice = {.precision = octet::Precision::fp32}});
    plan.layers["z"] = {.precision = octet::Precision::bf16};
    plan.layers["a"] = {.method = octet::Method::dynamic};
    QVERIFY(octet::parse_plan(octet::format_plan(plan), "t") == plan);
    QVERIFY(octet::parse_plan(octet::compact_plan(plan), "t") == plan);
    QVERIFY(octet::parse_plan(octet::format_plan(PrecisionPlan{}), "t") == PrecisionPlan{});
    for (const auto& name : octet::preset_names()) {
      const auto preset = octet::preset(name, octet::Precision::fp32, true);
      QVERIFY(octet::parse_plan(octet::format_plan(preset), "t") == preset);
    }
  }

  void compact_form_has_sorted_keys_and_no_spaces() {
    const auto compact = octet::compact_plan(octet::preset("all-base", octet::Precision::bf16, false));
    QCOMPARE(compact,
             std::string(R"({"base":"bf16","format":"octet-plan","layers":{},"name":"all-base","rules":[)"
                         R"({"match":"tokenizer.*","precision":"fp32",)"
                         R"("reason":"half precision changes tokens"}],"version":1})"));
  }

  void every_changed_rule_is_one_changed_line() {
    auto plan = octet::preset("seed", octet::Precision::bf16, false);
    const auto before = QByteArray::fromStdString(octet::format_plan(plan)).split('\n');
    plan.rules[3].choice.precision = octet::Precision::fp32;
    const auto after = QByteArray::fromStdString(octet::format_plan(plan)).split('\n');
    QCOMPARE(before.size(), after.size());
    int changed = 0;
    for (int i = 0; i < before.size(); ++i) changed += before[i] != after[i];
    QCOMPARE(changed, 1);
  }

  void wrong_files_are_refused_with_origin_key_and_line_data() {
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<int>("line");
    QTest::addColumn<QByteArray>("named");
    const auto row = [](const char* title, const QByteArray& text, int line, const char* named) {
      QTest::newRow(title) << text << line << QByteArray(named);
    };
    const QByteArray head = "{\"format\": \"octet-plan\",\n\"version\": 1,\n";
    row("empty file", "", 1, "JSON");
    row("not json", "hello", 1, "JSON");
    row("cut off", head + "\"rules\": [\n", 4, "JSON");
    row("trailing text", head + "\"rules\": []}\n x", 4, "JSON");
    row("invalid utf-8", head + "\"name\": \"\xff\"}", 3, "JSON");
    row("number out of range", head + "\"name\": 1e999}", 3, "JSON");
    row("a list", "[\n]", 1, "plan");
    row("a number", "\n\n7\n", 3, "plan");
    row("another format", "{\"format\":\n \"other\"}", 1, "\"format\"");
    row("no format", "{\"version\": 1}", 1, "\"format\"");
    row("no version", "{\"format\": \"octet-plan\"}", 1, "\"version\"");
    row("another version", "{\"format\": \"octet-plan\",\n\"version\": 2}", 2, "\"version\"");
    row("version as text", "{\"format\": \"octet-plan\",\n\"version\": \"1\"}", 2, "\"version\"");
    row("unknown key", head + "\"bases\": \"bf16\"}", 3, "\"bases\"");
    row("duplicate key", head + "\"name\": \"a\",\n\"name\": \"b\"}", 4, "\"name\"");
    row("base is int8", head + "\"base\": \"int8\"}", 3, "\"base\"");
    row("unknown base", head + "\"base\": \"f16\"}", 3, "\"f16\"");
    row("base as number", head + "\"base\": 16\n}", 3, "\"base\"");
    row("name as list", head + "\"name\": [\n]}", 3, "\"name\"");
    row("rules as object", head + "\"rules\": {}}", 3, "\"rules\"");
    row("rule as text", head + "\"rules\": [\n\"x\"]}", 4, "rule");
    row("rule as number", head + "\"rules\": [\n12\n]}", 4, "rule");
    row("layers as list", head + "\"layers\": []}", 3, "\"layers\"");
    const auto rule = [&](const char* text) {
      return head + "\"rules\": [\n{\"match\": \"*\",\n" + text + "}]}";
    };
    row("unknown key in a rule", rule("\"precison\": \"int8\""), 5, "\"precison\"");
    row("unknown precision", rule("\"precision\":\n\"int4\""), 5, "\"int4\"");
    row("no precision", rule("\"force\": true"), 4, "\"precision\"");
    row("unknown method", rule("\"precision\": \"int8\",\n\"method\": \"awq\""), 6, "\"awq\"");
    row("unknown type", rule("\"precision\": \"int8\",\n\"type\": \"conv1d\""), 6, "\"conv1d\"");
    row("force as text", rule("\"precision\": \"int8\",\n\"force\": \"yes\""), 6, "\"force\"");
    const auto options = [&](const char* text) {
      return rule((std::string("\"precision\": \"int8\",\n\"options\": ") + text).c_str());
    };
    row("unknown option", options("{\"block\": 128}"), 6, "\"block\"");
    row("unknown clip", options("{\"clip\": \"mae\"}"), 6, "\"mae\"");
    row("clip as number", options("{\"clip\": 1}"), 6, "clip is 1");
    row("percentile of all", options("{\"clip\": \"percentile\", \"percentile\": 100}"), 6,
        "percentile is 100");
    row("percentile below a half", options("{\"clip\": \"percentile\", \"percentile\": 49.9}"), 6, "49.9");
    row("percentile as text", options("{\"clip\": \"percentile\", \"percentile\": \"99\"}"), 6, "\"99\"");
    row("group of any size", options("{\"group\": 48}"), 6, "group is 48");
    row("asymmetric as text", options("{\"asymmetric\": \"yes\"}"), 6, "asymmetric is \"yes\"");
    row("clipped and asymmetric", options("{\"asymmetric\": true, \"clip\": \"mse\"}"), 6,
        "clip with asymmetric");
    row("options of another method",
        rule("\"precision\": \"int8\",\n\"method\": \"dynamic\",\n\"options\": {\"clip\": \"mse\"}"), 7,
        "\"clip\"");
    row("percentile without its clip", options("{\"percentile\": 99}"), 6, "percentile without");
    row("options as list", rule("\"precision\": \"int8\",\n\"options\": []"), 6, "\"options\"");
    row("reason as number", rule("\"precision\": \"int8\",\n\"reason\": 3"), 6, "\"reason\"");
    row("duplicate key in a rule", rule("\"precision\": \"int8\",\n\"precision\": \"bf16\""), 6,
        "\"precision\"");
    row("no match", head + "\"rules\": [\n{\"precision\": \"int8\"}]}", 4, "\"match\"");
    row("bad pattern", head + "\"rules\": [\n{\"precision\": \"int8\",\n\"match\": \"a{b\"}]}", 5, "a{b");
    const auto layer = [&](const char* text) {
      return head + "\"layers\": {\n\"mel2wav.conv_pre\":\n" + text + "}}";
    };
    row("layer as text", layer("\"int8\""), 5, "\"mel2wav.conv_pre\"");
    row("match in a layer", layer("{\"match\": \"a\"}"), 5, "\"match\"");
    row("layer without precision", layer("{}"), 4, "\"mel2wav.conv_pre\"");
    row("layer twice", layer("{\"precision\": \"int8\"},\n\"mel2wav.conv_pre\": {}"), 6,
        "\"mel2wav.conv_pre\"");
    row("nested too deeply", head + "\"name\": " + QByteArray(1000000, '['), 3, "nested");
  }
  void wrong_files_are_refused_with_origin_key_and_line() {
    QFETCH(QByteArray, text);
    QFETCH(int, line);
    QFETCH(QByteArray, named);
    try {
      octet::parse_plan(text.toStdString(), "my.plan.json");
      QFAIL("accepted");
    } catch (const octet::Error& error) {
      QCOMPARE(static_cast<int>(error.kind()), static_cast<int>(octet::ErrorKind::input));
      const QByteArray what = error.what();
      QVERIFY2(what.startsWith("my.plan.json: line " + QByteArray::number(line) + ": "), what);
      QVERIFY2(what.contains(named), what);
    }
  }

  /// As Windows PowerShell's `>` writes them, with and without a byte order mark.
  void plans_in_utf_16_are_read_data() {
    QTest::addColumn<QByteArray>("mark");
    QTest::addColumn<bool>("big_endian");
    QTest::newRow("little-endian with mark") << QByteArray("\xff\xfe") << false;
    QTest::newRow("big-endian with mark") << QByteArray("\xfe\xff") << true;
    QTest::newRow("little-endian") << QByteArray() << false;
    QTest::newRow("big-endian") << QByteArray() << true;
  }
  void plans_in_utf_16_are_read() {
    QFETCH(QByteArray, mark);
    QFETCH(bool, big_endian);
    const auto expected = octet::parse_plan(kShown, "t");
    auto plan = expected;
    plan.name = "h\xc3\xb6ren \xf0\x9f\x8e\xa7";  // an umlaut, and a pair of surrogates
    auto bytes = mark;
    for (const char16_t unit : QString::fromStdString(octet::format_plan(plan)).toStdU16String()) {
      const char low = static_cast<char>(unit & 0xff), high = static_cast<char>(unit >> 8);
      bytes += big_endian ? high : low;
      bytes += big_endian ? low : high;
    }
    const auto read = octet::parse_plan(bytes.toStdString(), "t");
    QVERIFY(read == plan);
    QCOMPARE(read.layers.at("mel2wav.conv_pre").place.line, 12);
    QVERIFY_THROWS_EXCEPTION(octet::Error,
                             octet::parse_plan(bytes.left(bytes.size() - 1).toStdString(), "t"));
  }

  void a_byte_order_mark_of_utf_8_is_skipped() {
    QVERIFY(octet::parse_plan(std::string("\xef\xbb\xbf") + kShown, "t") == octet::parse_plan(kShown, "t"));
  }

  void every_cut_of_a_plan_is_refused_without_harm() {
    const std::string text = kShown;
    for (std::size_t length = 0; length + 1 < text.size(); ++length)
      QVERIFY_THROWS_EXCEPTION(octet::Error, octet::parse_plan(text.substr(0, length), "cut"));
  }

  void only_match_and_precision_are_needed() {
    const auto plan = octet::parse_plan(
        R"({"version": 1, "format": "octet-plan", "rules": [{"match": "*", "precision": "int8"}]})", "t");
    QVERIFY(plan.base == octet::Precision::bf16);
    QVERIFY(plan.rules.at(0).choice == octet::Choice{});
  }
};

QTEST_GUILESS_MAIN(TestPlanFile)
#include "test_plan_file.moc"
