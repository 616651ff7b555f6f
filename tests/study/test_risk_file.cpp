// Files of risks, as they come back.

#include <QtTest>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/study/risk_file.h"
#include "tests/study/example_risks.h"

using namespace octet;
using octet::test::example_risks;
using Json = nlohmann::ordered_json;

namespace {

std::string text_of(const Risk& risk) {
  return std::visit([](const auto& found) { return to_json(found); }, risk);
}

}  // namespace

class TestRiskFile : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void what_was_written_comes_back_to_the_byte() {
    for (const auto& risk : example_risks()) {
      const auto text = text_of(risk);
      const auto back = parse_risk(text, "r.json");
      QCOMPARE(back.index(), risk.index());
      QCOMPARE(text_of(back), text);
    }
    const auto steps = std::get<StepsRisk>(parse_risk(text_of(example_risks()[0]), "r.json"));
    QVERIFY(std::isinf(steps.blamed[0].error));
    QCOMPARE(steps.courses[1].bf16[0], 1.0 / 3);
  }

  void a_file_that_lacks_anything_is_refused_by_name() {
    for (const auto& risk : example_risks()) {
      const auto whole = Json::parse(text_of(risk));
      for (const auto& [key, value] : whole.items()) {
        auto cut = whole;
        cut.erase(key);
        try {
          (void)parse_risk(cut.dump(), "r.json");
          QFAIL(qPrintable("read without " + QString::fromStdString(key)));
        } catch (const Error& error) {
          QCOMPARE(error.kind(), ErrorKind::input);
          QVERIFY(std::string(error.what()).starts_with("r.json "));
        }
      }
    }
    for (const auto* text : {"", "[]", "{}", R"({"format": "octet-risk", "version": 1, "risk": "weather"})"})
      QVERIFY_THROWS_EXCEPTION(Error, parse_risk(text, "r.json"));
  }

  void lists_of_other_lengths_are_refused() {
    for (const auto& [risk, way] :
         {std::pair(0, "/courses/0/plan"), {2, "/curves/0/int8"}, {5, "/course/bf16"}}) {
      auto json = Json::parse(text_of(example_risks()[static_cast<std::size_t>(risk)]));
      json[Json::json_pointer(way)].push_back(1);
      QVERIFY_THROWS_EXCEPTION(Error, parse_risk(json.dump(), "r.json"));
    }
  }
};

QTEST_GUILESS_MAIN(TestRiskFile)
#include "test_risk_file.moc"
