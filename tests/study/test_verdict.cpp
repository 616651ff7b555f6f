// Thresholds, means, and what is made of them.

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>
#include <set>

#include "core/error.h"
#include "core/metrics/table.h"
#include "core/plan/edit.h"
#include "core/study/bootstrap.h"
#include "core/study/component_plans.h"
#include "core/study/control_plan.h"
#include "core/study/take_spread.h"
#include "core/study/thresholds.h"
#include "core/study/verdict.h"
#include "tests/layer_table_from_manifest.h"
#include "tests/random_seed.h"

using namespace octet;

namespace {

constexpr auto kNone = std::numeric_limits<double>::quiet_NaN();

/// A set of clips that are worse than their floors by these, by both measures of `two()`.
std::vector<PairedScores> worse_by(const std::vector<double>& values) {
  std::vector<PairedScores> clips;
  for (const double value : values)
    clips.push_back({{{"mr_stft", 1 + value}, {"speaker_cosine", 0.9 - value}},
                     {{"mr_stft", 1.0}, {"speaker_cosine", 0.9}}});
  return clips;
}

const std::vector<std::string> kGood{"bf16", "seed", "all-int8"},
    kBroken{"dynamic-vocoder", "clipped-feed-forward", "clipped-resblocks"};
/// Neither: a voice that is another one in some clips.
constexpr auto kDoubtful = "clipped-speaker";

/// Scores of goldens/scores.json, by plan.
std::map<std::string, std::vector<PairedScores>> read_known() {
  std::ifstream file(OCTET_SOURCE_DIR "/tests/study/goldens/scores.json");
  const auto scores_of = [](const nlohmann::json& json) {
    std::vector<Score> scores;
    for (const auto& [measure, value] : json.items())
      scores.push_back({measure, value.is_null() ? kNone : value.get<double>()});
    return scores;
  };
  std::map<std::string, std::vector<PairedScores>> known;
  for (const auto& clip : nlohmann::json::parse(file))
    for (const auto& [plan, scores] : clip.at("scores").items())
      known[plan].push_back({scores_of(scores), scores_of(clip.at("floor"))});
  return known;
}

Thresholds two() { return {0.05, {{"mr_stft", 0.1, 1.0}, {"speaker_cosine", 0.1, 1.0}}}; }

}  // namespace

class TestVerdict : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void scores_that_are_looked_at_together_share_the_error() {
    for (const auto& measure : measures()) QVERIFY(take_spread(measure.id) >= 0);
    // Quantiles of the normal distribution: 0.95, 0.975 and 1 - 0.05 / 27.
    QVERIFY(std::abs(spreads_to_tell(0.05, 1) - 1.644854) < 1e-6);
    QVERIFY(std::abs(spreads_to_tell(0.05, 2) - 1.959964) < 1e-6);
    QVERIFY(std::abs(spreads_to_tell(0.05, 27) - 2.902353) < 1e-6);
    QVERIFY_THROWS_EXCEPTION(Error, take_spread("nothing"));
  }

  void means_lie_where_the_normal_approximation_has_them() {
    const auto seed = test::random_seed();
    std::mt19937_64 generator(seed);
    std::normal_distribution<double> normal(3, 2);
    std::vector<double> values(400);
    for (auto& value : values) value = normal(generator);
    const double mean = std::accumulate(values.begin(), values.end(), 0.0) / 400;
    double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    const double error = std::sqrt(squares / 400 / 400);
    const BootstrapMeans means(values);
    QVERIFY(std::abs(means.mean() - mean) < 1e-12);
    // 10,000 draws know their 2.5 % quantile to 0.03 of the mean's error: four times that, and what 400
    // values are from normal.
    QVERIFY(std::abs(means.quantile(0.025) - (mean - 1.96 * error)) < 0.25 * error);
    QVERIFY(std::abs(means.quantile(0.975) - (mean + 1.96 * error)) < 0.25 * error);
    QCOMPARE(BootstrapMeans(values).quantile(0.1), means.quantile(0.1));  // always the same draws
  }

  void one_value_is_its_own_mean() {
    const std::vector<double> one{2.5};
    const BootstrapMeans means(one);
    QCOMPARE(means.mean(), 2.5);
    QCOMPARE(means.quantile(0), 2.5);
    QCOMPARE(means.quantile(1), 2.5);
  }

  void verdicts_need_certainty_data() {
    QTest::addColumn<std::vector<double>>("worse");
    QTest::addColumn<std::string>("verdict");
    using Values = std::vector<double>;
    QTest::newRow("closer than the floor") << Values(8, -0.5) << std::string("no-audible-change");
    QTest::newRow("within") << Values{0, 0.05, 0, 0.05, 0, 0.05} << std::string("no-audible-change");
    // The mean is within, and could as well not be.
    QTest::newRow("within by luck") << Values{-0.4, 0.5, -0.4, 0.5, -0.3, 0.4} << std::string("listen");
    QTest::newRow("between") << Values(8, 0.5) << std::string("listen");
    QTest::newRow("beyond by luck") << Values{0, 0, 0, 4, 0, 4} << std::string("listen");
    QTest::newRow("beyond") << Values{1.5, 2, 1.5, 2, 1.5, 2} << std::string("broken");
    QTest::newRow("too few to be sure") << Values(kFewestClips - 1, -0.5) << std::string("listen");
    QTest::newRow("too few to be broken") << Values(kFewestClips - 1, 5) << std::string("listen");
    // Clips where a measure is not defined do not count.
    QTest::newRow("few that are defined") << Values{0, 0, 0, 0, 0, kNone} << std::string("listen");
    QTest::newRow("none that is defined") << Values(8, kNone) << std::string("listen");
  }
  void verdicts_need_certainty() {
    QFETCH(std::vector<double>, worse);
    QFETCH(std::string, verdict);
    const auto judgement = judge(worse_by(worse), two(), 1);
    QCOMPARE(std::string(to_string(judgement.verdict)), verdict);
    QCOMPARE(judgement.findings.size(), std::size_t(2));
    // Both measures move alike, one up and one down.
    const auto &first = judgement.findings[0], &second = judgement.findings[1];
    QVERIFY(std::isnan(first.worse) ? std::isnan(second.worse) : std::abs(first.worse - second.worse) < 1e-9);
  }

  /// A plan is as bad as its worst measure, and as good.
  void one_measure_is_enough_to_be_broken_and_all_are_needed_to_be_inaudible() {
    auto clips = worse_by(std::vector<double>(8, -0.5));
    for (auto& clip : clips) clip.plan[1].value = 0.9 - 0.5;
    QCOMPARE(judge(clips, two(), 1).verdict, Verdict::listen);
    for (auto& clip : clips) clip.plan[1].value = 0.9 - 1.5;
    QCOMPARE(judge(clips, two(), 1).verdict, Verdict::broken);
    auto lacking = two();
    lacking.measures.push_back({"snr", 0, 1});
    QCOMPARE(judge(worse_by(std::vector<double>(8, -0.5)), lacking, 1).verdict, Verdict::listen);
  }

  /// A noise floor that falls is a change, too; the floor of two draws lies above the reference.
  void being_inaudible_has_two_sides_where_it_is_said() {
    const auto judged = [](const std::vector<double>& rises, bool two_sided) {
      std::vector<PairedScores> clips;
      for (const double rise : rises)
        clips.push_back({{{"noise_floor_rise_1_4k", rise}}, {{"noise_floor_rise_1_4k", 1.0}}});
      return judge(clips, {0.05, {{"noise_floor_rise_1_4k", 1.5, 6, two_sided}}}, 1);
    };
    const auto verdict = [&](double rise) { return judged(std::vector<double>(8, rise), true).verdict; };
    QCOMPARE(verdict(2), Verdict::no_audible_change);
    QCOMPARE(verdict(-1), Verdict::no_audible_change);  // worse than the floor by -2
    QCOMPARE(verdict(3), Verdict::listen);
    QCOMPARE(verdict(-2), Verdict::listen);
    QCOMPARE(verdict(-7), Verdict::broken);
    QCOMPARE(verdict(8), Verdict::broken);
    QCOMPARE(judged(std::vector<double>(8, -7), false).verdict, Verdict::no_audible_change);
    // Each side is a test of its own: a wide interval around nothing is no equivalence.
    QCOMPARE(judged({-4, 4, -4, 4, -4, 4}, true).verdict, Verdict::listen);
    QVERIFY(std::abs(judged(std::vector<double>(8, -2), true).findings[0].least + 2) < 1e-12);
  }

  /// Two draws that are 260 cents apart show nothing of 100, which may be heard; of 10 there is nothing to
  /// show.
  void what_takes_hide_is_not_called_unheard() {
    const auto found = [](double plan, double floor, double inaudible) {
      const std::vector<PairedScores> clips(8, {{{"pitch_difference", plan}}, {{"pitch_difference", floor}}});
      return judge(clips, {0.05, {{"pitch_difference", inaudible, 300}}}, 1).findings[0];
    };
    const auto hidden = found(100, 260, 20);
    QVERIFY(hidden.cannot_tell && hidden.verdict == Verdict::no_audible_change);
    QCOMPARE(hidden.change, 100.0);
    QCOMPARE(hidden.floor_change, 260.0);
    QVERIFY(!found(10, 260, 20).cannot_tell);
    QVERIFY(!found(400, 260, 20).cannot_tell);  // that is worse, and said to be
    QVERIFY(!found(100, 260, 0).cannot_tell);   // nobody knows what is heard
    // What lies below as far as above; a score of the test alone is no distance.
    const std::vector<PairedScores> below(8, {{{"level_difference", -2.0}}, {{"level_difference", 3.0}}}),
        alone(8, {{{"clipping", 0.02}}, {{"clipping", 0.03}}});
    QCOMPARE(judge(below, {0.05, {{"level_difference", 0.5, 3}}}, 1).findings[0].change, 2.0);
    QVERIFY(judge(below, {0.05, {{"level_difference", 0.5, 3}}}, 1).findings[0].cannot_tell);
    const auto own = judge(alone, {0.05, {{"clipping", 0.01, 0.5}}}, 1).findings[0];
    QVERIFY(std::isnan(own.change) && !own.cannot_tell);
  }

  /// Of 400 differences of deviation 2 the mean errs by 0.1: 1.645 + 0.842 of these are told in four cases of
  /// five.
  void the_smallest_change_that_clips_would_show_is_told() {
    std::vector<double> values;
    for (int i = 0; i < 400; ++i) values.push_back(i % 2 == 0 ? 2 : -2);
    const auto found = judge(worse_by(values), two(), 1).findings[0];
    QVERIFY2(std::abs(found.detectable - 2.487 * 0.1) < 0.001, qPrintable(QString::number(found.detectable)));
    values.resize(100);  // twice as much of a fourth of the clips
    QVERIFY(std::abs(judge(worse_by(values), two(), 1).findings[0].detectable - 2 * found.detectable) <
            0.002);
    QVERIFY(judge(worse_by(values), two(), 10).findings[0].detectable >
            2.1 * found.detectable);  // shared error
    QVERIFY(std::isnan(judge(worse_by({1.0}), two(), 1).findings[0].detectable));

    // And that is so: of sets that are worse by as much, about four of five lie above the floor.
    std::mt19937_64 generator(test::random_seed());
    std::normal_distribution<double> normal(0, 1);
    int told = 0;
    constexpr int kSets = 200, kClips = 24;
    for (int set = 0; set < kSets; ++set) {
      std::vector<double> drawn(kClips);
      for (auto& value : drawn) value = 2.487 / std::sqrt(kClips) + normal(generator);
      told += BootstrapMeans(drawn).quantile(0.05) > 0;
    }
    QVERIFY2(told > 140 && told < 184,
             qPrintable(QString::number(told)));  // 160, give or take 4 deviations of 6
  }

  /// By layers, and of checkpoints that store some in int8 already.
  void the_control_is_made_of_what_can_be_made_bad() {
    auto layers = test::layer_table_from_manifest();
    const auto changed = [&](const StudyPlan& plan) {
      std::set<std::string> parts;
      const auto resolved = resolve(plan.plan, layers);
      for (std::size_t i = 0; i < layers.size(); ++i)
        if (resolved.layers[i].effective.storage == Precision::int8) {
          if (resolved.layers[i].effective.options.find("60") == std::string::npos)
            return std::set<std::string>{};
          parts.insert(layers[i].name.substr(0, layers[i].name.find('.')));
        }
      return parts;
    };
    const auto store = [&](std::string_view within) {
      for (auto& layer : layers)
        if (layer.name.find(within) != std::string::npos) layer.stored = Precision::int8;
    };
    const auto vocoder = control_plan(layers);
    QVERIFY(vocoder && vocoder->is_control);
    QCOMPARE(vocoder->name, std::string("control: clipped HiFT ResBlocks"));
    QCOMPARE(changed(*vocoder), std::set<std::string>{"mel2wav"});
    store("resblocks");
    const auto flow = control_plan(layers);
    QCOMPARE(flow->name, std::string("control: clipped estimator feed-forward"));
    QCOMPARE(changed(*flow), std::set<std::string>{"flow"});
    store(".ff.");
    QVERIFY(!control_plan(layers));
  }

  void how_many_clips_would_decide_is_told_data() {
    QTest::addColumn<double>("mean");
    QTest::addColumn<bool>("known");
    QTest::newRow("inaudible") << 0.05 << true;
    QTest::newRow("broken") << 1.1 << true;
    QTest::newRow("between") << 0.5 << false;
  }
  void how_many_clips_would_decide_is_told() {
    QFETCH(double, mean);
    QFETCH(bool, known);
    std::vector<double> values;
    for (int i = 0; i < 6; ++i) values.push_back(mean + (i % 2 == 0 ? 0.3 : -0.3));
    const auto few = judge(worse_by(values), two(), 1);
    QCOMPARE(few.verdict, Verdict::listen);
    const int needed = few.findings[0].clips_needed;
    QCOMPARE(needed > 6, known);
    if (!known) return;
    // As many that vary alike do decide, by a tenth more for the bootstrap's own coarseness; half of them
    // not.
    const auto of = [&](int count) {
      std::vector<double> more;
      for (int i = 0; i < count; ++i) more.push_back(values[static_cast<std::size_t>(i) % 2]);
      return judge(worse_by(more), two(), 1).findings[0];
    };
    QVERIFY(of(needed * 2).verdict != Verdict::listen);
    QCOMPARE(of(needed / 4 * 2).verdict, Verdict::listen);
    QCOMPARE(of(needed * 2).clips_needed, 0);
  }

  void more_plans_make_each_verdict_harder() {
    // The mean is 0.063 and its error 0.017: with 95 % certainty below 0.1, with 99.9 % not.
    const auto close = worse_by({0.02, 0.02, 0.04, 0.06, 0.12, 0.12});
    QCOMPARE(judge(close, two(), 1).verdict, Verdict::no_audible_change);
    QCOMPARE(judge(close, two(), 50).verdict, Verdict::listen);
  }

  /// What is known of plans, from scores of the demo's clips (make_goldens.py): all 22, and sets of as few as
  /// a verdict takes, drawn of them.
  void known_plans_get_the_verdicts_they_deserve() {
    const auto known = read_known();
    const auto thresholds = read_thresholds(thresholds_file());
    const auto plans = static_cast<int>(kGood.size() + kBroken.size() + 1);
    for (const auto& name : kGood)
      QCOMPARE(judge(known.at(name), thresholds, plans).verdict, Verdict::no_audible_change);
    for (const auto& name : kBroken)
      QCOMPARE(judge(known.at(name), thresholds, plans).verdict, Verdict::broken);

    const auto seed = test::random_seed();
    std::mt19937_64 generator(seed);
    const int sets = qEnvironmentVariableIntValue("OCTET_TEST_SETS") > 0
                         ? qEnvironmentVariableIntValue("OCTET_TEST_SETS")
                         : 20;
    std::map<Verdict, int> of_good, of_broken, of_doubtful;
    const auto counts_of = [&](const std::string& name) -> std::map<Verdict, int>& {
      if (name == kDoubtful) return of_doubtful;
      return std::ranges::find(kBroken, name) != kBroken.end() ? of_broken : of_good;
    };
    for (int i = 0; i < sets; ++i)
      for (const auto& [name, clips] : known) {
        std::vector<PairedScores> some;
        std::ranges::sample(clips, std::back_inserter(some), 8, generator);
        ++counts_of(name)[judge(some, thresholds, plans).verdict];
      }
    const auto say = [&](const char* what, std::map<Verdict, int>& counts) {
      qInfo("%d sets of 8, %s plans: inaudible %d, to listen to %d, broken %d", sets, what,
            counts[Verdict::no_audible_change], counts[Verdict::listen], counts[Verdict::broken]);
    };
    say("good", of_good);
    say("doubtful", of_doubtful);
    say("broken", of_broken);
    QCOMPARE(of_good[Verdict::broken], 0);
    QCOMPARE(of_broken[Verdict::no_audible_change], 0);
    QCOMPARE(of_doubtful[Verdict::no_audible_change], 0);
  }

  void thresholds_are_read_whole_or_refused_data() {
    QTest::addColumn<QByteArray>("change");
    QTest::addColumn<QByteArray>("to");
    QTest::addColumn<QByteArray>("said");
    const auto row = [](const char* name, const char* change, const char* to, const char* said) {
      QTest::newRow(name) << QByteArray(change) << QByteArray(to) << QByteArray(said);
    };
    row("another format", "octet-thresholds", "octet-plan", "no octet-thresholds");
    row("another version", "\"version\": 1", "\"version\": 2", "no octet-thresholds");
    row("no JSON", "{", "[", "no octet-thresholds");
    row("no such measure", "mr_stft", "loudness of thunder", "loudness of thunder");
    row("text for a number", "0.5", "\"much\"", "inaudible");
    row("a key that nobody knows", "\"broken\"", "\"dead\": 1, \"broken\"", "unknown key");
    row("the wrong way round", "0.5", "5", "inaudible is not below broken");
    row("an error beyond 1", "0.05", "5", "error");
    row("sides in words", "\"broken\": 1", "\"two_sided\": \"yes\", \"broken\": 1", "two_sided");
    row("two sides of nothing", "\"inaudible\": 0.5", "\"two_sided\": true, \"inaudible\": 0", "two sides");
    row("a measure twice", "\"error\"",
        "\"not_judged\": [{\"measure\": \"mr_stft\", \"why\": \"-\"}], \"error\"", "mr_stft comes twice");
    row("what is only predicted", "mr_stft", "predicted_mos_overall", "is an alarm, no verdict");
    row("no reason", "\"error\"", "\"not_judged\": [{\"measure\": \"snr\", \"why\": 1}], \"error\"",
        "\"why\" is no text");
  }
  void thresholds_are_read_whole_or_refused() {
    QFETCH(QByteArray, change);
    QFETCH(QByteArray, to);
    QFETCH(QByteArray, said);
    QByteArray text(
        R"({"format": "octet-thresholds", "version": 1, "error": 0.05,
            "measures": [{"measure": "mr_stft", "inaudible": 0.5, "broken": 1}]})");
    QCOMPARE(parse_thresholds(text.toStdString(), "t.json"), (Thresholds{0.05, {{"mr_stft", 0.5, 1}}}));
    text.replace(text.indexOf(change), change.size(), to);
    try {
      (void)parse_thresholds(text.toStdString(), "t.json");
      QFAIL("it was read");
    } catch (const Error& error) {
      QVERIFY2(error.kind() == ErrorKind::input && QByteArray(error.what()).startsWith("t.json: ") &&
                   QByteArray(error.what()).contains(said),
               error.what());
    }
  }

  void octets_own_thresholds_speak_of_every_measure() {
    const auto thresholds = read_thresholds(thresholds_file());
    std::set<std::string> said, all;
    for (const auto& threshold : thresholds.measures) said.insert(threshold.measure);
    for (const auto& [measure, why] : thresholds.not_judged) {
      said.insert(measure);
      QVERIFY(!why.empty());
    }
    for (const auto& measure : measures()) all.insert(std::string(measure.id));
    QCOMPARE(said, all);
  }

  void the_components_are_the_seed_policy_taken_apart() {
    const auto layers = test::layer_table_from_manifest();
    const auto plans = component_plans(Precision::bf16);
    const auto int8_layers = [&](const PrecisionPlan& plan) {
      std::set<std::string> names;
      const auto resolved = resolve(plan, layers);
      for (std::size_t i = 0; i < layers.size(); ++i)
        if (resolved.layers[i].effective.storage == Precision::int8) names.insert(layers[i].name);
      return names;
    };
    QCOMPARE(plans.front().name, std::string("bf16"));
    QVERIFY(int8_layers(plans.front().plan).empty());
    // Seven alone, of which the first begins the row of those together, too.
    QCOMPARE(plans.size(), std::size_t(1 + 7 + 6));
    std::size_t sum = 0;
    auto together = int8_layers(plans[1].plan);
    QCOMPARE(plans[1].name, std::string("f0"));
    for (std::size_t i = 1; i <= 7; ++i) {
      const auto alone = int8_layers(plans[i].plan);
      QVERIFY(!alone.empty());
      sum += alone.size();
      together.insert(alone.begin(), alone.end());
      if (i > 1) QCOMPARE(int8_layers(plans[6 + i].plan), together);
    }
    QCOMPARE(sum, together.size());  // none is in two
    QVERIFY(same_effect(resolve(plans.back().plan, layers),
                        resolve(preset("seed", Precision::bf16, false), layers)));
  }
};

QTEST_GUILESS_MAIN(TestVerdict)
#include "test_verdict.moc"
