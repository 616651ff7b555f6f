#include <QtTest>
#include <algorithm>

#include "core/error.h"
#include "core/plan/edit.h"
#include "tests/layer_table_from_manifest.h"

using octet::PlanLine;
using octet::Precision;

class TestEdit : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void a_pattern_becomes_the_last_rule() {
    const auto seed = octet::preset("seed", Precision::bf16, false);
    const auto edited = octet::with_choice(seed, "mel2wav.*", {.precision = Precision::fp32});
    QCOMPARE(edited.rules.size(), seed.rules.size() + 1);
    QCOMPARE(edited.rules.back().match, std::string("mel2wav.*"));
    QVERIFY(edited.layers.empty());
    const auto again = octet::with_choice(edited, "mel2wav.*", {.precision = Precision::int8, .force = true});
    QCOMPARE(again.rules.size(), edited.rules.size());
    QVERIFY(again.rules.back().choice.force);
    // A typed rule with the same pattern says something else and stays.
    const auto typed = octet::with_choice(seed, "mel2wav.ups.*", {.precision = Precision::fp32});
    QCOMPARE(typed.rules.size(), seed.rules.size() + 1);
  }

  void a_layer_name_becomes_an_override() {
    const auto seed = octet::preset("seed", Precision::bf16, false);
    auto edited = octet::with_choice(seed, "mel2wav.ups.0", {.precision = Precision::fp32});
    QVERIFY(edited.rules == seed.rules);
    QVERIFY(edited.layers.at("mel2wav.ups.0").precision == Precision::fp32);
    edited = octet::with_choice(edited, "mel2wav.ups.0", {.precision = Precision::int8});
    QCOMPARE(edited.layers.size(), 1u);
    QVERIFY(edited.layers.at("mel2wav.ups.0").precision == Precision::int8);
  }

  void malformed_targets_are_wrong_usage_data() {
    QTest::addColumn<QByteArray>("target");
    QTest::newRow("empty") << QByteArray("");
    QTest::newRow("open brace") << QByteArray("a.{b");
    QTest::newRow("closing brace") << QByteArray("a}");
  }
  void malformed_targets_are_wrong_usage() {
    QFETCH(QByteArray, target);
    try {
      octet::with_choice({}, target.toStdString(), {});
      QFAIL("accepted");
    } catch (const octet::Error& error) {
      QCOMPARE(static_cast<int>(error.kind()), static_cast<int>(octet::ErrorKind::usage));
    }
  }

  void differing_layers_are_those_whose_recipe_differs() {
    const auto layers = octet::test::layer_table_from_manifest();
    const auto seed = octet::preset("seed", Precision::bf16, false);
    const auto edited =
        octet::with_choice(octet::with_choice(seed, "mel2wav.ups.*", {.precision = Precision::fp32}),
                           "mel2wav.conv_post", {.precision = Precision::int8});
    const auto a = octet::resolve(seed, layers);
    const auto b = octet::resolve(edited, layers);
    // conv_post is protected: asked for, yet no different.
    const auto differences = octet::differing_layers(layers, a, b);
    QCOMPARE(differences.size(), 3u);
    QCOMPARE(differences[2].layer, std::string("mel2wav.ups.2"));
    QVERIFY(differences[2].first.effective.storage == Precision::int8);
    QVERIFY(differences[2].second.effective.storage == Precision::fp32);
    QVERIFY(octet::told_apart(differences[2]) == std::pair(std::string("int8"), std::string("fp32")));
    QVERIFY(octet::differing_layers(layers, a, a).empty());
    // The biases beside int8 weights differ: two plans that agree on int8 are not yet alike.
    const auto wider = octet::resolve(octet::preset("seed", Precision::fp32, false), layers);
    const auto on_wider = octet::differing_layers(layers, a, wider);
    const auto ups = std::ranges::find(on_wider, "mel2wav.ups.2", &octet::LayerDifference::layer);
    QVERIFY(ups != on_wider.end());
    QVERIFY(octet::told_apart(*ups) ==
            std::pair(std::string("int8 over bf16"), std::string("int8 over fp32")));
  }

  void differing_lines_are_the_fewest() {
    const auto seed = octet::preset("seed", Precision::bf16, false);
    auto other = seed;
    other.name = "another name";
    QVERIFY(octet::differing_lines(seed, other).empty());
    other.base = Precision::fp16;
    other.rules.erase(other.rules.begin() + 2);
    other.layers["mel2wav.conv_pre"] = {.precision = Precision::int8};
    using enum PlanLine::Side;
    const std::vector<PlanLine> expected{
        {first, R"("base": "bf16")"},
        {second, R"("base": "fp16")"},
        {first, R"({"match": "mel2wav.ups.*", "type": "ConvTranspose1d", "precision": "int8"})"},
        {second, R"("mel2wav.conv_pre": {"precision": "int8"})"}};
    QVERIFY(octet::differing_lines(seed, other) == expected);
    auto swapped = seed;
    std::swap(swapped.rules[1], swapped.rules[2]);
    QCOMPARE(octet::differing_lines(seed, swapped).size(), 2u);  // order counts
  }
};

QTEST_GUILESS_MAIN(TestEdit)
#include "test_edit.moc"
