// What two plans treat differently, in groups, and how one takes over what the other does.

#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <numeric>

#include "core/plan/edit.h"
#include "core/plan/plan_difference.h"
#include "core/plan/size.h"
#include "tests/layer_table_from_manifest.h"
#include "tests/random_seed.h"

using namespace octet;

namespace {

const LayerTable& table() {
  static const auto layers = octet::test::layer_table_from_manifest();
  return layers;
}

PrecisionPlan seed() { return preset("seed", Precision::bf16, false); }
PrecisionPlan floating(Precision base) { return preset("all-base", base, false); }

std::size_t at(std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(table(), name, &Layer::name) - table().begin());
}

PrecisionPlan over(const PrecisionPlan& into, const PrecisionPlan& from,
                   const std::vector<std::size_t>& layers) {
  return taken_over(resolve(into, table()), resolve(from, table()), table(), layers);
}

/// The layers are as under `from`, the others as they were.
bool is_taken_over(const PrecisionPlan& made, const PrecisionPlan& into, const PrecisionPlan& from,
                   const std::vector<std::size_t>& layers) {
  const auto a = resolve(made, table()), before = resolve(into, table()), other = resolve(from, table());
  for (std::size_t i = 0; i < table().size(); ++i) {
    const bool taken = std::ranges::find(layers, i) != layers.end();
    if (a.layers[i].effective != (taken ? other : before).layers[i].effective) {
      qWarning("%s", table()[i].name.c_str());
      return false;
    }
  }
  return true;
}

}  // namespace

class TestPlanDifference : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void groups_hold_every_difference_once_with_its_bytes() {
    const auto first = resolve(floating(Precision::fp32), table()), second = resolve(seed(), table());
    const auto differences = differing_layers(table(), first, second);
    const auto a = plan_size(table(), first), b = plan_size(table(), second);
    for (const auto& groups :
         {differences_by_component(table(), first, second), differences_by_decider(table(), first, second)}) {
      std::size_t layers = 0;
      std::int64_t saved = 0;
      for (const auto& group : groups) {
        layers += group.layers.size();
        saved += static_cast<std::int64_t>(group.first_bytes) - static_cast<std::int64_t>(group.second_bytes);
      }
      QCOMPARE(layers, differences.size());
      QCOMPARE(saved,
               static_cast<std::int64_t>(a.total().bytes) - static_cast<std::int64_t>(b.total().bytes));
    }
  }

  void a_group_of_what_decides_names_it() {
    const auto edited = with_choice(seed(), "mel2wav.conv_pre", {.precision = Precision::int8});
    const auto groups = differences_by_decider(table(), resolve(seed(), table()), resolve(edited, table()));
    QCOMPARE(groups.size(), 1U);
    QVERIFY(groups.front().first == Decider{});
    QVERIFY(groups.front().second == Decider{.kind = Decider::Kind::layer});
    QCOMPARE(groups.front().layers, std::vector<std::size_t>{at("mel2wav.conv_pre")});
    // The last rule that matches is the one that decides.
    const auto ruled = with_choice(seed(), "mel2wav.ups.*", {.precision = Precision::fp32});
    const auto by_rule = differences_by_decider(table(), resolve(seed(), table()), resolve(ruled, table()));
    QCOMPARE(by_rule.size(), 1U);
    QVERIFY(by_rule.front().first == (Decider{Decider::Kind::rule, "mel2wav.ups.*"}));
    QVERIFY(by_rule.front().second == (Decider{Decider::Kind::rule, "mel2wav.ups.*"}));
  }

  void the_plans_are_the_same_when_all_is_taken_over() {
    const auto into = floating(Precision::fp32);
    std::vector<std::size_t> all;
    for (const auto& group :
         differences_by_component(table(), resolve(into, table()), resolve(seed(), table())))
      all.insert(all.end(), group.layers.begin(), group.layers.end());
    auto expected = seed();
    expected.name = into.name;
    const auto made = over(into, seed(), all);
    QVERIFY(made == expected);
    QCOMPARE(made.name, into.name);
  }

  void a_rule_is_taken_over_as_a_rule() {
    const auto into = floating(Precision::bf16);
    const auto groups = differences_by_decider(table(), resolve(into, table()), resolve(seed(), table()));
    QVERIFY(groups.size() > 3);
    for (const auto& group : groups) {
      const auto made = over(into, seed(), group.layers);
      QVERIFY(is_taken_over(made, into, seed(), group.layers));
      QVERIFY(made.layers.empty());
      QCOMPARE(made.rules.size(), into.rules.size() + 1);
      QCOMPARE(made.rules.back().match, group.second.match);
    }
  }

  /// From the other side: what the second plan adds goes, and the plan is the first again.
  void a_rule_is_undone_by_leaving_it_out() {
    const auto base = floating(Precision::bf16);
    auto into = with_choice(base, "mel2wav.ups.*", {.precision = Precision::int8});
    into = with_choice(into, "mel2wav.conv_pre", {.precision = Precision::int8});
    auto layers =
        differences_by_component(table(), resolve(into, table()), resolve(base, table())).front().layers;
    QVERIFY(over(into, base, layers) == base);
    // One of the two: the other stays.
    const auto one = over(into, base, {at("mel2wav.conv_pre")});
    QVERIFY(one.layers.empty());
    QVERIFY(one.rules == into.rules);
  }

  void a_layer_of_a_rule_is_taken_over_alone() {
    const auto into = floating(Precision::bf16);
    const std::vector<std::size_t> one{at("mel2wav.ups.0")};
    const auto made = over(into, seed(), one);
    QVERIFY(is_taken_over(made, into, seed(), one));
    QCOMPARE(made.layers.size(), 1U);
    QVERIFY(made.rules == into.rules);
  }

  void a_component_over_another_base_is_a_rule() {
    const auto into = floating(Precision::fp32);
    for (const auto& group :
         differences_by_component(table(), resolve(into, table()), resolve(seed(), table()))) {
      const auto made = over(into, seed(), group.layers);
      QVERIFY(is_taken_over(made, into, seed(), group.layers));
      QVERIFY2(made.layers.empty(), group.component.c_str());
    }
  }

  void integers_over_another_base_are_taken_over() {
    const auto into = floating(Precision::fp32);
    const std::vector<std::size_t> one{at("mel2wav.ups.0")};
    const auto made = over(into, seed(), one);
    QVERIFY(is_taken_over(made, into, seed(), one));
  }

  /// Whatever is picked of whatever two plans: these layers and no others.
  void any_layers_of_any_plans_are_taken_over() {
    std::mt19937_64 random(octet::test::random_seed());
    const auto forced = with_choice(
        with_choice(
            preset("all-int8", Precision::fp16, true), "flow.encoder.*",
            {.precision = Precision::int8, .method = Method::weight_only, .options = R"({"group":32})"}),
        "speaker_encoder.*", {.precision = Precision::fp16, .force = true});
    const std::vector<PrecisionPlan> plans{seed(), floating(Precision::fp32), floating(Precision::fp16),
                                           forced, preset("vocoder-only", Precision::bf16, true)};
    for (const auto& into : plans)
      for (const auto& from : plans) {
        std::vector<std::size_t> layers;
        for (std::size_t i = 0; i < table().size(); ++i)
          if (random() % 7 == 0) layers.push_back(i);
        QVERIFY(is_taken_over(over(into, from, layers), into, from, layers));
      }
  }
};

QTEST_GUILESS_MAIN(TestPlanDifference)
#include "test_plan_difference.moc"
