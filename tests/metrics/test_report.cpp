#include <QtTest>
#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>

#include "core/error.h"
#include "core/metrics/interval.h"
#include "core/metrics/report.h"
#include "core/metrics/sound_comparison.h"
#include "core/metrics/table.h"
#include "core/metrics/text_table.h"

using namespace octet;
using Json = nlohmann::ordered_json;

namespace {

/// Measures that are left out where nothing was predicted, and where there is no model.
const auto kPredicted =
    static_cast<std::size_t>(std::ranges::count(measures(), MeasureGroup::predicted, &Measure::group));
constexpr std::size_t kOfTheModel = 2;

Report example() {
  Report report;
  report.octet_version = "0.1.0";
  report.checkpoint = "demo.safetensors";
  report.checkpoint_sha256 = "ab";
  report.variant = "chatterbox";
  report.device = "cpu";
  report.threads = 2;
  report.seed = 18446744073709551615u;
  report.steps = 10;
  report.runs = {{"A", "fp32", {{"flow", 3, 0, 1000, 4000}, {"mel2wav", 2, 0, 500, 2000}}},
                 {"B", "seed", {{"flow", 3, 2, 1000, 1200}, {"mel2wav", 2, 1, 500, 800}}}};
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double snr : {20.0, 22.0, 24.0}) {
    ClipResult clip{"clip", 2.0, {}, {}};
    clip.floors = {
        {"A, other noise", {{"snr", snr - 10}, {"noise_floor_1_4k", nan}}, "A, seed 0", "A, seed 1"}};
    clip.runs = {
        {{{"mel", 1.0, 5000000}, {"vocoder", 0.5, {}}}, {}, 1.75},
        {{{"mel", 2.0, 4000000}, {"vocoder", 0.5, {}}}, {{"snr", snr}, {"noise_floor_1_4k", nan}}, 2.75}};
    report.clips.push_back(clip);
  }
  report.skipped = {{"torn", "torn.wav: is empty"}};
  report.warnings = {"clip.wav is clipped"};
  return report;
}

std::vector<std::string> keys(const Json& json) {
  std::vector<std::string> names;
  for (const auto& item : json.items()) names.push_back(item.key());
  return names;
}

/// The line of a text that starts with these words, blanks run together.
QString line_of(const std::string& text, const QString& start) {
  for (const QString& line : QString::fromStdString(text).split('\n')) {
    if (line.simplified().startsWith(start)) return line.simplified();
  }
  return {};
}

double score_of(const std::vector<Score>& scores, std::string_view measure) {
  const auto found = std::ranges::find(scores, measure, &Score::measure);
  return found == scores.end() ? std::nan("") : found->value;
}

std::vector<float> noise(std::size_t samples, unsigned seed = 7) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0, 0.1f);
  std::vector<float> signal(samples);
  for (float& value : signal) value = normal(generator);
  return signal;
}

}  // namespace

class TestReport : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  // Student's t for two degrees of freedom is 4.3027; the standard error of 20, 22, 24 is 2 / sqrt(3).
  void the_interval_of_three_values() {
    const std::vector<double> values{20, std::numeric_limits<double>::quiet_NaN(), 22, 24};
    const Mean mean = mean_with_interval(values);
    QCOMPARE(mean.value, 22.0);
    QCOMPARE(mean.count, 3);
    QVERIFY(std::abs(*mean.half_width - 4.3027 * 2 / std::sqrt(3.0)) < 1e-9);
    QVERIFY(!mean_with_interval(std::vector<double>{1.0}).half_width);
    QVERIFY(std::isnan(mean_with_interval({}).value));
    // 41 values: t is 2.0211 for 40 degrees of freedom.
    std::vector<double> many(41);
    for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<double>(i);
    const double error = std::sqrt(143.5 / 41);  // variance of 0 ... 40 is 41 * 42 / 12
    QVERIFY(std::abs(*mean_with_interval(many).half_width / error - 2.0211) < 0.003);
  }

  void json_has_a_fixed_order_and_every_number() {
    const Json json = Json::parse(to_json(example()));
    QCOMPARE(keys(json), (std::vector<std::string>{"format", "version", "octet", "checkpoint", "settings",
                                                   "warnings", "measures", "runs", "floor_definitions",
                                                   "floors", "clips", "skipped"}));
    QCOMPARE(json["settings"]["seed"].get<std::uint64_t>(), 18446744073709551615u);
    QCOMPARE(json["measures"].size(), measures().size() - kPredicted);
    QCOMPARE(json["runs"][1]["total"]["bytes"].get<int>(), 2000);
    QCOMPARE(json["runs"][1]["total"]["int8_layers"].get<int>(), 3);
    QVERIFY(json["runs"][0]["summary"].is_null());
    QCOMPARE(json["runs"][1]["summary"]["snr"]["mean"].get<double>(), 22.0);
    QCOMPARE(json["floors"]["A, other noise"]["snr"]["mean"].get<double>(), 12.0);
    const Json& clip = json["clips"][2];
    QCOMPARE(clip["runs"][1]["scores"]["snr"].get<double>(), 24.0);
    QCOMPARE(clip["floors"]["A, other noise"]["snr"].get<double>(), 14.0);
    QCOMPARE(clip["runs"][1]["seconds"].get<double>(), 2.75);
    QCOMPARE(clip["runs"][1]["stage_seconds"].get<double>(), 2.5);
    QCOMPARE(clip["runs"][1]["real_time_factor"].get<double>(), 1.375);
    QCOMPARE(clip["runs"][1]["stages"][0]["peak_bytes"].get<int>(), 4000000);
    QCOMPARE(clip["runs"][1]["stages"][1]["peak_bytes"].get<int>(), 0);
    const Json& floor = json["floor_definitions"][0];
    QCOMPARE(json["floor_definitions"].size(), std::size_t{1});  // of three clips
    QCOMPARE(floor["name"].get<std::string>(), std::string("A, other noise"));
    QCOMPARE(floor["reference"].get<std::string>(), std::string("A, seed 0"));
    QCOMPARE(floor["test"].get<std::string>(), std::string("A, seed 1"));
    QCOMPARE(json["skipped"][0]["name"].get<std::string>(), std::string("torn"));
    QCOMPARE(json["skipped"][0]["reason"].get<std::string>(), std::string("torn.wav: is empty"));
    QCOMPARE(json["warnings"][0].get<std::string>(), std::string("clip.wav is clipped"));
    QCOMPARE(to_json(example()), to_json(example()));
  }

  void what_is_not_defined_is_null() {
    const Json json = Json::parse(to_json(example()));
    QVERIFY(json["clips"][0]["runs"][1]["scores"]["noise_floor_1_4k"].is_null());
    QVERIFY(json["runs"][1]["summary"]["noise_floor_1_4k"]["mean"].is_null());
    QCOMPARE(json["runs"][1]["summary"]["noise_floor_1_4k"]["clips"].get<int>(), 0);
  }

  void the_table_shows_each_number_beside_its_floor() {
    const std::string text = to_table(example());
    QCOMPARE(line_of(text, "measure"), "measure unit better B against A floor: A, other noise");
    QCOMPARE(line_of(text, "SNR dB"), "SNR dB higher 22.00 +- 4.97 12.00 +- 4.97");
    QCOMPARE(line_of(text, "noise floor 1-4 kHz"), "noise floor 1-4 kHz dBFS lower - -");
    QCOMPARE(line_of(text, "B seed total"), "B seed total 5 3 1500 0.0");
    QCOMPARE(line_of(text, "clip B mel"), "clip B mel 2.000 4.0");
    QCOMPARE(line_of(text, "clip B total"), "clip B total 2.500");
    QCOMPARE(line_of(text, "clip B end to end"), "clip B end to end, 1.38 x real time 2.750");
    QCOMPARE(line_of(text, "Floor"), "Floor \"A, other noise\": A, seed 1 against A, seed 0");
    QCOMPARE(line_of(text, "Skipped"), "Skipped torn: torn.wav: is empty");
  }

  void a_report_that_does_not_fit_together_is_refused() {
    Report report = example();
    report.clips[0].runs[1].scores[0].measure = "loudness";
    QVERIFY_THROWS_EXCEPTION(Error, to_json(report));
    report = example();
    report.clips[0].runs.pop_back();
    QVERIFY_THROWS_EXCEPTION(Error, to_table(report));
  }

  void columns_line_up_by_characters_not_bytes() {
    QCOMPARE(align_columns({{"a", "1"}, {"\u00e9\u00e9", "10"}, {"b", ""}}, 1),
             std::string("a    1\n\u00e9\u00e9  10\nb\n"));
  }

  void sounds_of_other_rate_channels_and_length_are_made_comparable() {
    Sound reference{24000, 1, std::vector<float>(24000)};
    for (std::size_t i = 0; i < 24000; ++i)
      reference.samples[i] = 0.5f * std::sin(0.1f * static_cast<float>(i));
    Sound test{48000, 2, std::vector<float>(2 * 50000)};
    for (std::size_t i = 0; i < 50000; ++i) {
      test.samples[2 * i] = std::sin(0.05f * static_cast<float>(i));  // the mean is half of this
    }
    const SoundComparison comparison = compare_sounds(reference, test);
    QCOMPARE(comparison.sample_rate, 24000);
    QCOMPARE(comparison.seconds, 1.0);
    QCOMPARE(comparison.warnings.size(), std::size_t{3});
    QVERIFY(!comparison.alignment);
    // Resampled, the same sine: only the ends differ, where the filter hears the silence around them.
    const double snr = score_of(comparison.scores, "snr");
    QVERIFY2(snr > 30 && snr < 150, qPrintable(QString::number(snr)));
    const Json json = Json::parse(to_json(comparison));
    QCOMPARE(keys(json), (std::vector<std::string>{"format", "version", "sample_rate", "seconds", "warnings",
                                                   "alignment", "measures"}));
    QCOMPARE(json["format"].get<std::string>(), std::string("octet-measure"));
    QVERIFY(json["alignment"].is_null());
    QCOMPARE(json["measures"].size(), measures().size() - kPredicted - kOfTheModel);
    for (std::size_t i = 0; i < json["measures"].size(); ++i) {
      const Json& measure = json["measures"][i];
      QCOMPARE(measure["id"].get<std::string>(), comparison.scores[i].measure);
      QVERIFY(!measure.contains("aligned_value"));
      if (std::isfinite(comparison.scores[i].value))
        QCOMPARE(measure["value"].get<double>(), comparison.scores[i].value);
    }
    QCOMPARE(line_of(to_table(comparison), "SNR dB higher"),
             QString("SNR dB higher %1").arg(snr, 0, 'f', measure_called("snr").decimals));
  }

  void a_test_that_is_late_or_inverted_is_measured_both_ways_data() {
    QTest::addColumn<int>("lag");
    QTest::addColumn<float>("gain");
    QTest::newRow("late") << 1105 << 1.0f;
    QTest::newRow("early") << -333 << 1.0f;
    QTest::newRow("a sample late") << 1 << 1.0f;
    QTest::newRow("inverted") << 0 << -1.0f;
    QTest::newRow("inverted, late and quieter") << 24000 << -0.5f;
  }

  void a_test_that_is_late_or_inverted_is_measured_both_ways() {
    QFETCH(int, lag);
    QFETCH(float, gain);
    // 50 s: more than the cross-correlation takes at once.
    const Sound reference{24000, 1, noise(50 * 24000)};
    Sound test{24000, 1, std::vector<float>(reference.samples.size())};
    for (std::size_t i = 0; i < test.samples.size(); ++i) {
      const auto from = static_cast<std::ptrdiff_t>(i) - lag;
      if (from >= 0 && from < std::ssize(reference.samples))
        test.samples[i] = gain * reference.samples[static_cast<std::size_t>(from)];
    }
    const SoundComparison comparison = compare_sounds(reference, test);
    QVERIFY(comparison.alignment.has_value());
    QCOMPARE(comparison.alignment->lag, std::int64_t{lag});
    QCOMPARE(comparison.alignment->inverted, gain < 0);
    QVERIFY(comparison.alignment->correlation > 0.9999);
    // Aligned, only the gain is left: (1 - |g|)^-2; 200 dB for none.
    QVERIFY(score_of(comparison.scores, "snr") < 3);
    const double expected = std::abs(gain) == 1 ? 200 : -20 * std::log10(1 - std::abs(gain));
    QVERIFY(std::abs(score_of(comparison.aligned_scores, "snr") - expected) < 1e-6);
    QCOMPARE(comparison.warnings.size(), std::size_t{1});
    const Json json = Json::parse(to_json(comparison));
    QCOMPARE(json["alignment"]["lag_samples"].get<int>(), lag);
    QCOMPARE(json["alignment"]["lag_seconds"].get<double>(), lag / 24000.0);
    QCOMPARE(json["alignment"]["inverted"].get<bool>(), gain < 0);
    for (const Json& measure : json["measures"])
      if (measure["id"] == "snr") QVERIFY(std::abs(measure["aligned_value"].get<double>() - expected) < 1e-6);
    QCOMPARE(line_of(to_table(comparison), "measure"), "measure unit better value aligned");
    QVERIFY(line_of(to_table(comparison), "SNR dB higher").endsWith(QString(" %1").arg(expected, 0, 'f', 2)));
  }

  void a_constant_hides_no_delay() {
    constexpr std::size_t kLate = 1105;
    auto samples = noise(48000 + kLate);
    for (auto& sample : samples) sample = 0.02f * sample + 0.5f;
    const auto part = [&](std::size_t from) {
      return Sound{24000,
                   1,
                   {samples.begin() + static_cast<std::ptrdiff_t>(from),
                    samples.begin() + static_cast<std::ptrdiff_t>(from) + 48000}};
    };
    const auto alignment = compare_sounds(part(kLate), part(0)).alignment;
    QVERIFY(alignment.has_value());
    QCOMPARE(alignment->lag, std::int64_t{kLate});
  }

  void sounds_that_are_not_alike_or_lie_right_have_no_alignment() {
    const Sound reference{24000, 1, noise(48000)};
    Sound other{24000, 1, noise(48000, 99)};
    QVERIFY(!compare_sounds(reference, other).alignment);
    QVERIFY(!compare_sounds(reference, reference).alignment);
    // The same with as much noise again: alike, and best as it lies.
    for (std::size_t i = 0; i < other.samples.size(); ++i) other.samples[i] += reference.samples[i];
    QVERIFY(!compare_sounds(reference, other).alignment);
    // A tone is alike at every period; so many of them lie right.
    Sound tone{24000, 1, std::vector<float>(48000)};
    for (std::size_t i = 0; i < tone.samples.size(); ++i)
      tone.samples[i] = 0.5f * std::sin(0.1f * static_cast<float>(i));
    QVERIFY(!compare_sounds(tone, tone).alignment);
    QVERIFY(!compare_sounds({24000, 1, {0.5f}}, {24000, 1, {0.5f}}).alignment);
  }

  void figures_of_doubtful_sounds_are_warned_of() {
    const Sound good{24000, 1, noise(24000)};
    Sound loud = good;
    for (float& sample : loud.samples) sample *= 32768;
    Sound repaired = good;
    repaired.notices = {"b.wav: read to the end of the file"};
    QVERIFY(compare_sounds(good, good).warnings.empty());
    QCOMPARE(compare_sounds(good, {24000, 1, std::vector<float>(24000)}).warnings,
             std::vector<std::string>{"The test is silent: every sample is 0"});
    QVERIFY(compare_sounds(loud, good).warnings.at(0).starts_with("The reference reaches "));
    QCOMPARE(compare_sounds(good, repaired).warnings, repaired.notices);
  }

  void identical_sounds_have_no_infinite_number() {
    const Sound sound{24000, 1, std::vector<float>(24000, 0.25f)};
    const auto scores = compare_sounds(sound, sound).scores;
    for (const Score& score : scores) QVERIFY2(!std::isinf(score.value), score.measure.c_str());
    QCOMPARE(score_of(scores, "snr"), 200.0);
  }
};

QTEST_GUILESS_MAIN(TestReport)
#include "test_report.moc"
