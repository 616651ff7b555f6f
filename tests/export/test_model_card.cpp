#include <QCryptographicHash>
#include <QtTest>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/export/licence.h"
#include "core/export/model_card.h"

using namespace octet;
using Json = nlohmann::ordered_json;

/// What a hub shows of an export, and what of a comparison goes into it.
class TestModelCard : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void it_says_what_is_stored_how_and_where_it_comes_from() {
    auto card = seed();
    card.plan.rules.push_back(
        {.match = "mel2wav.{a|b}",
         .choice = {.precision = Precision::fp32, .force = true, .reason = "two\nlines <b>"}});
    card.plan.layers["flow.a"] = {.precision = Precision::int8, .options = R"({"clip":"mse"})"};
    card.kept = 2;
    const auto text = to_markdown(card);
    QVERIFY(has(text, "| `tokenizer.*` | any | fp32 | half precision changes tokens |\n"));
    QVERIFY(has(text, "| `mel2wav.ups.*` | ConvTranspose1d | int8 |  |\n"));
    QVERIFY(has(text, "| `mel2wav.{a\\|b}` | any | fp32, forced | two lines \\<b> |\n"));
    QVERIFY(has(text, "| `flow.a` | this one | int8 `{\"clip\":\"mse\"}` |  |\n"));
    QVERIFY(has(text, "all else is bf16. Of the layers that a row fits, 2 are kept in another type"));
    QVERIFY(has(text, "| flow | 60 | 3 | 70 |\n| mel2wav | 15 | 1 | 20 |\n| whole file | 75 | 4 | 100 |\n"));
    QVERIFY(has(text, "| x.safetensors | `def` |\n| the original | `abc` |\n"));
    QVERIFY(is_written_card(text));
    QVERIFY(!is_written_card(text.substr(0, 60)));
  }

  void the_lines_that_load_it_are_the_formats() {
    auto card = seed();
    card.file = "a \"quoted\" name.safetensors";
    QVERIFY(
        has(to_markdown(card), "octet_s3gen.load(tts.s3gen, \"a \\\"quoted\\\" name.safetensors\"))\n```"));
    card.format = ExportFormat::stock;
    QVERIFY(has(loading_lines(card), "tts.s3gen.load_state_dict(load_file(\"a "));
    QVERIFY(has(loading_lines(card), "strict=True"));
    QVERIFY(!has(to_markdown(card), "octet_s3gen."));
    card.absent = {"tokenizer.window"};
    QVERIFY(has(loading_lines(card), "set(missing) <= {\"tokenizer.window\"}"));
    card.is_whole = false;
    QVERIFY(has(loading_lines(card), "tts.s3gen.mel2wav.load_state_dict("));
    QVERIFY(!has(loading_lines(card), "strict=False"));
  }

  void the_licence_is_carried_on_or_said_to_be_unknown() {
    auto card = seed();
    QVERIFY(to_markdown(card).starts_with("---\nlicense: unknown\n"));
    QVERIFY(has(to_markdown(card), "does not name its licence"));
    card.licence = "MIT";
    QVERIFY(to_markdown(card).starts_with("---\nlicense: mit\n"));
    QVERIFY(has(to_markdown(card), "as it names it: MIT."));
    card.licence = "mine\nevil: true";
    QVERIFY(
        to_markdown(card).starts_with("---\nlicense: other\nlicense_name: \"mine\\nevil: true\"\nlibrary"));
    QCOMPARE(licence_of({{"modelspec.license", "a"}}), "a");
    QCOMPARE(licence_of({{"license", "b"}, {"modelspec.license", "a"}}), "b");
    QCOMPARE(licence_of({{"licensed_to", "b"}}), "");
  }

  void measures_stand_beside_their_floors() {
    auto card = seed();
    card.measures = read(report());
    const auto text = to_markdown(card);
    QVERIFY(has(text, "## How far it is from `all-base`\n"));
    QVERIFY(has(text, "| measure | better | this | A, other noise |\n|---|---|---:|---:|\n"));
    QVERIFY(has(text, "| SNR (dB) | higher | 15.109 ± 0.51 | -1.8988 |\n"));
    QVERIFY(has(text, "| mel cosine | higher | not defined | not measured |\n"));
    QVERIFY(has(text,
                "Mean of 2 clips, ± its 95 % interval (1 left out); 10 steps, seed 3, CPU. "
                "A, other noise: A, seed 4 against A, seed 3."));
  }

  void measures_of_something_else_are_refused_data() {
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("said");
    const auto row = [](const char* name, const char* path, const char* value, const char* said) {
      QTest::newRow(name) << QString(path) << QString(value) << QString(said);
    };
    row("another format", "/format", "\"octet-verify\"", "no report");
    row("a later version", "/version", "2", "no report");
    row("another checkpoint", "/checkpoint/sha256", "\"abd\"", "another checkpoint");
    row("another plan", "/runs/1/plan", "\"all-int8\"",
        "no run of the plan seed beside its reference, only of all-int8");
    row("the plan as it was", "/runs/1/components/0/bytes", "71", "other bytes");
    row("other layers of as many bytes", "/runs/1/components/1/int8_layers", "2", "other bytes");
    row("a lacking component", "/runs/1/components/1/component", "\"tokenizer\"", "other bytes");
    row("no numbers", "/runs/1/summary/snr/mean", "\"loud\"", "is not what octet compare --json prints");
    row("no clips", "/settings", "[]", "is not what octet compare --json prints");
  }
  void measures_of_something_else_are_refused() {
    QFETCH(QString, path);
    QFETCH(QString, value);
    QFETCH(QString, said);
    auto changed = report();
    changed.at(Json::json_pointer(path.toStdString())) = Json::parse(value.toStdString());
    try {
      read(changed);
      QFAIL("it was read");
    } catch (const Error& error) {
      QCOMPARE(error.kind(), ErrorKind::input);
      QVERIFY2(QString(error.what()).contains(said), error.what());
      QVERIFY(QString(error.what()).contains("report.json"));
    }
  }

  void a_verdict_is_given_with_the_hash_of_its_result() {
    auto card = seed();
    const auto plan = preset("seed", Precision::bf16, false);
    auto renamed = plan;
    renamed.name = "as it was called";
    const auto text = validation(renamed).dump();
    card.verdict = read_card_verdict(text, "result.json", plan, "abc", "");
    const auto hash = QCryptographicHash::hash(QByteArray::fromStdString(text), QCryptographicHash::Sha256);
    QVERIFY(has(to_markdown(card), "By 2 clips against every layer in fp32, beside two draws of noise: "));
    QVERIFY(has(to_markdown(card),
                "**listen; its result does not say what these clips cannot tell** (`listen` of "));
    QVERIFY(has(to_markdown(card), "`" + hash.toHex().toStdString() + "`"));
    QVERIFY(has(to_markdown(card), "Whether the same test would find a broken plan was not tried."));
  }

  void a_verdict_says_how_far_it_reaches() {
    auto card = seed();
    const auto plan = preset("seed", Precision::bf16, false);
    auto result = validation(plan);
    result["plans"][0]["verdict"] = "no-audible-change";
    result["plans"][0]["said"] = "no audible change expected, by 1 of 2 measures; pitch cannot be told";
    card.verdict = read_card_verdict(result.dump(), "result.json", plan, "abc", "");
    QVERIFY(has(
        to_markdown(card),
        "**no audible change expected, by 1 of 2 measures; pitch cannot be told** (`no-audible-change` of "));
  }

  void a_verdict_says_whether_the_test_could_have_failed() {
    auto card = seed();
    const auto plan = preset("seed", Precision::bf16, false);
    auto result = validation(plan);
    for (const bool found : {true, false}) {
      result["control"] = {{"plan", "control: x"}, {"found", found}, {"said", "…"}};
      card.verdict = read_card_verdict(result.dump(), "result.json", plan, "abc", "");
      QCOMPARE(has(to_markdown(card), "beside it, and was found."), found);
      QCOMPARE(has(to_markdown(card), "and was not found**"), !found);
    }
  }

  void a_verdict_on_something_else_is_refused() {
    const auto plan = preset("seed", Precision::bf16, false);
    const auto refused = [&](const Json& json, const PrecisionPlan& of, const char* said,
                             const char* calibration = "") {
      try {
        (void)read_card_verdict(json.dump(), "result.json", of, "abc", calibration);
        QFAIL("it was read");
      } catch (const Error& error) {
        QCOMPARE(error.kind(), ErrorKind::input);
        QVERIFY2(QString(error.what()).contains(said) && QString(error.what()).contains("result.json"),
                 error.what());
      }
    };
    refused(validation(plan), preset("seed", Precision::fp32, false), "no plan that does what seed does");
    auto other = validation(plan);
    other["subject"]["checkpoint_sha256"] = "abd";
    refused(other, plan, "another checkpoint");
    other = validation(plan);
    other["plans"].clear();
    refused(other, plan, "not done");
    // The same layers by fewer steps, or by another calibration, are judged as something else.
    other = validation(plan);
    other["subject"]["plans"][0]["steps"] = 2;
    refused(other, plan, "no plan that does what seed does");
    other = validation(plan);
    other["subject"]["plans"][0]["control"] = true;
    refused(other, plan, "no plan that does what seed does");
    refused(validation(plan), plan, "another calibration", "fed");
    other = validation(plan);
    other["subject"]["calibration_sha256"] = "fed";
    QCOMPARE(read_card_verdict(other.dump(), "result.json", plan, "abc", "fed").verdict,
             std::string("listen"));
    refused(report(), plan, "is not what octet validate writes");
  }

 private:
  static Json validation(const PrecisionPlan& plan) {
    return {{"format", "octet-validation"},
            {"version", 1},
            {"subject",
             {{"octet_version", "0.1"},
              {"checkpoint_sha256", "abc"},
              {"plans", Json::array({{{"name", "x"}, {"plan", Json::parse(compact_plan(plan))}}})}}},
            {"plans", Json::array({{{"plan", "x"}, {"verdict", "listen"}}})},
            {"clips", {1, 2}}};
  }

  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }

  static PlanSize size() {
    return {{{.component = "flow", .bytes = 70, .parameters = 60, .int8_layers = 3},
             {.component = "mel2wav", .bytes = 20, .parameters = 15, .int8_layers = 1}}};
  }

  static CardMeasures read(const Json& json) {
    return read_card_measures(json.dump(), "report.json",
                              {.name = "seed", .source_sha256 = "abc", .size = size()});
  }

  static Json report() {
    return Json::parse(R"({"format": "octet-report", "version": 1, "checkpoint": {"sha256": "abc"},
      "settings": {"device": "CPU", "seed": 3, "steps": 10},
      "measures": [{"id": "snr", "name": "SNR", "unit": "dB", "better": "higher"},
                   {"id": "mel_cosine", "name": "mel cosine", "unit": "", "better": "higher"}],
      "runs": [{"plan": "all-base", "components": [], "summary": null},
               {"plan": "seed", "components": [{"component": "flow", "bytes": 70, "int8_layers": 3},
                                               {"component": "mel2wav", "bytes": 20, "int8_layers": 1}],
                "summary": {"snr": {"mean": 15.10875, "interval": 0.5123},
                            "mel_cosine": {"mean": null, "interval": null}}}],
      "floor_definitions": [{"name": "A, other noise", "reference": "A, seed 3", "test": "A, seed 4"}],
      "floors": {"A, other noise": {"snr": {"mean": -1.898823, "interval": null}}},
      "clips": [{}, {}], "skipped": [{}]})");
  }

  static ModelCard seed() {
    return {.file = "x.safetensors",
            .plan = preset("seed", Precision::bf16, false),
            .size = size(),
            .stored = {{"flow", 70}, {"mel2wav", 20}},
            .bytes = 100,
            .sha256 = "def",
            .source_sha256 = "abc"};
  }
};

QTEST_GUILESS_MAIN(TestModelCard)
#include "test_model_card.moc"
