// Plans under a budget: the choice itself against all choices there are, and what is made of it.

#include <QtTest>
#include <cmath>
#include <random>

#include "core/export/exporter.h"
#include "core/study/auto_plan.h"
#include "core/study/plan_maker.h"
#include "core/study/savings.h"
#include "tests/checkpoint/tensor_files.h"
#include "tests/demo_voice.h"
#include "tests/random_seed.h"
#include "tests/study/pretended_study.h"

using namespace octet;
using namespace octet::test;

namespace {

/// Up to eight layers with up to three ways each, some of them useless, some alike.
std::vector<Saving> random_savings(std::mt19937_64& random) {
  std::vector<Saving> savings;
  const auto layers = 1 + random() % 8;
  for (std::size_t layer = 0; layer < layers; ++layer)
    for (std::size_t way = 0; way < random() % 4; ++way)
      savings.push_back({layer, static_cast<double>(random() % 50), 1 + random() % 40});
  return savings;
}

/// Calls `use(cost, bytes)` for every choice.
template <typename Use>
void each_choice(const std::vector<Saving>& savings, const Use& use, std::size_t first = 0, double cost = 0,
                 std::uint64_t bytes = 0) {
  use(cost, bytes);
  for (auto i = first; i < savings.size(); ++i) {
    auto next = i + 1;
    while (next < savings.size() && savings[next].layer == savings[i].layer) ++next;
    each_choice(savings, use, next, cost + savings[i].cost, bytes + savings[i].bytes);
  }
}

/// As if the errors of all layers were independent, but for a factor.
MeasurePlan pretended(const Sensitivity& study, double factor) {
  return [&study, factor](const ResolvedPlan& plan) {
    PlanDamage sum;
    for (const auto& entry : study.layers)
      if (plan.plan.layers.contains(entry.layer)) sum.kinds[entry.kind] += entry.damage * entry.damage;
    for (auto& [kind, damage] : sum.kinds) damage = factor * std::sqrt(damage);
    return sum;
  };
}

Sensitivity some_study() { return pretended_study(*demo_checkpoint()); }

std::uint64_t export_bytes(const PrecisionPlan& plan) {
  return predicted_export_bytes(demo_checkpoint(), resolve(plan, demo_checkpoint()->layers()), {});
}

}  // namespace

class TestAutoPlan : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void no_choice_is_better() {
    std::mt19937_64 random(random_seed());
    for (int round = 0; round < 300; ++round) {
      const auto savings = random_savings(random);
      std::uint64_t all = 0;
      double dearest = 0;
      each_choice(savings, [&](double cost, std::uint64_t bytes) {
        all = std::max(all, bytes);
        dearest = std::max(dearest, cost);
      });
      const auto needed = all == 0 ? 1 : random() % (all + 2);
      double least = 1e9;
      each_choice(savings, [&](double cost, std::uint64_t bytes) {
        if (bytes >= needed) least = std::min(least, cost);
      });
      const auto cheapest = least_cost(savings, needed);
      QCOMPARE(cheapest.has_value(), least < 1e9);
      if (cheapest) {
        QVERIFY(cheapest->gap == 0 && cheapest->bytes >= needed);
        QCOMPARE(cheapest->cost, least);
      }
      const double limit = static_cast<double>(random() % 100) / 100 * dearest;
      std::uint64_t most = 0;
      each_choice(savings, [&](double cost, std::uint64_t bytes) {
        if (cost <= limit) most = std::max(most, bytes);
      });
      const auto largest = most_bytes(savings, limit);
      QVERIFY(largest.gap == 0 && largest.cost <= limit);
      QCOMPARE(largest.bytes, most);
    }
  }

  void no_choice_saves_as_much_as_a_corner_at_less_cost() {
    std::mt19937_64 random(random_seed());
    for (int round = 0; round < 300; ++round) {
      const auto savings = random_savings(random);
      std::uint64_t all = 0;
      each_choice(savings, [&](double, std::uint64_t bytes) { all = std::max(all, bytes); });
      const auto corners = efficient_choices(savings);
      QVERIFY(corners.front().chosen.empty());
      QCOMPARE(corners.back().bytes, all);
      for (std::size_t i = 0; i < corners.size(); ++i) {
        QVERIFY(i == 0 || corners[i].bytes > corners[i - 1].bytes);
        const auto& corner = corners[i];
        double least = corner.cost;
        each_choice(savings, [&](double cost, std::uint64_t bytes) {
          if (bytes >= corner.bytes) least = std::min(least, cost);
        });
        QCOMPARE(least, corner.cost);
      }
    }
  }

  void a_front_goes_from_the_base_to_the_smallest() {
    const auto study = some_study();
    const PlanMaker maker(demo_checkpoint(), study, false, {});
    const auto front = maker.front(12, {});
    QVERIFY(front.size() > 8 && front.size() <= 12);  // corners may be far from even places
    QVERIFY(front.front().plan.layers.empty());
    QCOMPARE(front.front().bytes, export_bytes(plan_of("all-base", Precision::fp32)));
    for (std::size_t i = 1; i < front.size(); ++i) {
      QVERIFY(front[i].bytes < front[i - 1].bytes);
      QVERIFY(front[i].predicted.total() > front[i - 1].predicted.total());
      QCOMPARE(export_bytes(front[i].plan), front[i].bytes);
      // At its size there is none better.
      const auto best = maker.under({.bytes = front[i].bytes});
      QVERIFY(best.predicted.total() >= front[i].predicted.total() * (1 - 1e-9));
      const auto foretold = maker.foretold(maker.resolved(front[i].plan));
      QCOMPARE(foretold.bytes, front[i].bytes);
      QCOMPARE(foretold.damage.total(), front[i].predicted.total());
      QCOMPARE(foretold.layers, front[i].plan.layers.size());
      QCOMPARE(foretold.int8_layers, foretold.layers);
      QCOMPARE(foretold.unknown, std::size_t{0});
    }
    const auto nothing_less = front.back().bytes - 2000;
    QVERIFY_THROWS_EXCEPTION(Error, (void)maker.under({.bytes = nothing_less}));
  }

  /// int8 counts whatever lies beside it; what is bf16 the study has not.
  void of_any_plan_is_foretold_what_the_study_has() {
    auto study = some_study();
    const PlanMaker maker(demo_checkpoint(), study, false, {});
    const auto over_fp32 = maker.foretold(maker.resolved(plan_of("seed", Precision::fp32)));
    const auto over_bf16 = maker.foretold(maker.resolved(plan_of("seed", Precision::bf16)));
    QVERIFY(over_fp32.layers > 0 && over_fp32.unknown == 0);
    QVERIFY(over_bf16.unknown > 0);
    QCOMPARE(over_bf16.layers - over_bf16.unknown, over_fp32.layers);
    QCOMPARE(over_bf16.damage.total(), over_fp32.damage.total());
    QVERIFY(over_bf16.bytes < over_fp32.bytes);
  }

  void a_plan_keeps_its_byte_budget_and_gives_reasons() {
    const auto study = some_study();
    const auto none = export_bytes(plan_of("all-base", Precision::fp32));
    const auto made =
        make_auto_plan(demo_checkpoint(), study, {.bytes = none * 3 / 4}, false, pretended(study, 1.2));
    QVERIFY(made.bytes <= none * 3 / 4 && made.bytes > none * 74 / 100);
    QCOMPARE(export_bytes(made.plan), made.bytes);
    QVERIFY(std::abs(made.measured.total() - 1.2 * made.predicted.total()) < 1e-9);
    QVERIFY(!made.plan.layers.empty());
    for (const auto& [name, choice] : made.plan.layers) {
      QVERIFY2(!name.starts_with("tokenizer."), name.c_str());
      QVERIFY2(choice.reason.find("most on loud") != std::string::npos, choice.reason.c_str());
    }
    const auto with =
        make_auto_plan(demo_checkpoint(), study, {.bytes = none / 2}, true, pretended(study, 1));
    QVERIFY(std::ranges::any_of(with.plan.layers,
                                [](const auto& layer) { return layer.first.starts_with("tokenizer."); }));
    QCOMPARE(parse_plan(format_plan(with.plan), "plan"), with.plan);
  }

  /// Found to damage half as much again as was predicted, a plan is made smaller until it keeps its bound.
  void a_damage_budget_is_kept_by_what_was_measured() {
    const auto study = some_study();
    const auto predicted =
        make_auto_plan(demo_checkpoint(), study, {.damage = 0.02}, false, pretended(study, 1));
    const auto made =
        make_auto_plan(demo_checkpoint(), study, {.damage = 0.02}, false, pretended(study, 1.5));
    QVERIFY(predicted.measured.total() <= 0.02 && predicted.measured.total() > 0.0199);
    QVERIFY(made.measured.total() <= 0.02 && made.measured.total() > 0.0195);
    QVERIFY(made.bytes > predicted.bytes && made.tried > 1);
    const auto none = make_auto_plan(demo_checkpoint(), study, {.damage = 0.0}, false, pretended(study, 1));
    QVERIFY(none.plan.layers.empty());
  }

  void what_cannot_be_kept_names_the_nearest_that_can() {
    const auto study = some_study();
    std::uint64_t least = 0;
    try {
      (void)make_auto_plan(demo_checkpoint(), study, {.bytes = 1000}, false, pretended(study, 1));
      QFAIL("a plan of 1000 bytes");
    } catch (const Error& error) {
      QCOMPARE(static_cast<int>(error.kind()), static_cast<int>(ErrorKind::usage));
      const std::string text = error.what();
      least = std::stoull(text.substr(text.find("takes ") + 6));
    }
    const auto nearest =
        make_auto_plan(demo_checkpoint(), study, {.bytes = least}, false, pretended(study, 1)).bytes;
    // What the reasons take is estimated, too high by some ten bytes a layer.
    QVERIFY(nearest <= least && nearest > least - 20'000);
    COMPARE_ERROR(
        (void)make_auto_plan(demo_checkpoint(), study, {.bytes = least - 20'000}, false, pretended(study, 1)),
        usage, "the smallest takes " + std::to_string(least));
  }

  void layers_without_a_damage_are_never_chosen() {
    auto study = some_study();
    for (auto& entry : study.layers)
      if (entry.layer.starts_with("mel2wav.")) entry.damage = std::nan("");
    const auto made = make_auto_plan(demo_checkpoint(), study, {.damage = 1e6}, false, pretended(study, 1));
    for (const auto& [name, choice] : made.plan.layers) QVERIFY2(!name.starts_with("mel2wav."), name.c_str());
    study.layers.push_back(study.layers.front());
    study.layers.back().layer = "flow.no_such_layer";
    COMPARE_ERROR((void)make_auto_plan(demo_checkpoint(), study, {.damage = 1.0}, false, pretended(study, 1)),
                  input, "flow.no_such_layer");
  }
};

QTEST_GUILESS_MAIN(TestAutoPlan)
#include "test_auto_plan.moc"
