#include <QtTest>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/metrics/interval.h"
#include "core/metrics/report.h"
#include "core/metrics/sound_comparison.h"
#include "core/metrics/table.h"
#include "core/metrics/text_table.h"

using namespace octet;
using Json = nlohmann::ordered_json;

namespace {

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
    clip.floors = {{"fp32, other noise", {{"snr", snr - 10}, {"noise_floor_1_4k", nan}}}};
    clip.runs = {{{{"mel", 1.0, 5000000}, {"vocoder", 0.5, {}}}, {}},
                 {{{"mel", 2.0, 4000000}, {"vocoder", 0.5, {}}}, {{"snr", snr}, {"noise_floor_1_4k", nan}}}};
    report.clips.push_back(clip);
  }
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
                                                   "warnings", "measures", "runs", "floors", "clips"}));
    QCOMPARE(json["settings"]["seed"].get<std::uint64_t>(), 18446744073709551615u);
    QCOMPARE(json["measures"].size(), measures().size());
    QCOMPARE(json["runs"][1]["total"]["bytes"].get<int>(), 2000);
    QCOMPARE(json["runs"][1]["total"]["int8_layers"].get<int>(), 3);
    QVERIFY(json["runs"][0]["summary"].is_null());
    QCOMPARE(json["runs"][1]["summary"]["snr"]["mean"].get<double>(), 22.0);
    QCOMPARE(json["floors"]["fp32, other noise"]["snr"]["mean"].get<double>(), 12.0);
    const Json& clip = json["clips"][2];
    QCOMPARE(clip["runs"][1]["scores"]["snr"].get<double>(), 24.0);
    QCOMPARE(clip["floors"]["fp32, other noise"]["snr"].get<double>(), 14.0);
    QCOMPARE(clip["runs"][1]["real_time_factor"].get<double>(), 1.25);
    QCOMPARE(clip["runs"][1]["stages"][0]["peak_bytes"].get<int>(), 4000000);
    QCOMPARE(clip["runs"][1]["stages"][1]["peak_bytes"].get<int>(), 0);
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
    QCOMPARE(line_of(text, "measure"), "measure unit better B against A floor: fp32, other noise");
    QCOMPARE(line_of(text, "SNR dB"), "SNR dB higher 22.00 +- 4.97 12.00 +- 4.97");
    QCOMPARE(line_of(text, "noise floor 1-4 kHz"), "noise floor 1-4 kHz dBFS lower - -");
    QCOMPARE(line_of(text, "B seed total"), "B seed total 5 3 1500 0.0");
    QCOMPARE(line_of(text, "clip B mel"), "clip B mel 2.000 4.0");
    QCOMPARE(line_of(text, "clip B total"), "clip B total, 1.25 x real time 2.500");
  }

  void a_report_that_does_not_fit_together_is_refused() {
    Report report = example();
    report.clips[0].runs[1].scores[0].measure = "loudness";
    QVERIFY_EXCEPTION_THROWN(to_json(report), Error);
    report = example();
    report.clips[0].runs.pop_back();
    QVERIFY_EXCEPTION_THROWN(to_table(report), Error);
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
    QCOMPARE(comparison.notes.size(), std::size_t{3});
    const Json json = Json::parse(to_json(comparison));
    QCOMPARE(json["format"].get<std::string>(), std::string("octet-measure"));
    QCOMPARE(json["measures"].size(), measures().size() - 1);  // all but the speaker
    for (const Json& measure : json["measures"]) {
      // Resampled, the same sine: only the ends differ.
      if (measure["id"] == "snr") QVERIFY(measure["value"].get<double>() > 30);
    }
    QVERIFY(line_of(to_table(comparison), "SNR dB higher").size() > 14);
  }

  void identical_sounds_have_no_infinite_number() {
    const Sound sound{24000, 1, std::vector<float>(24000, 0.25f)};
    for (const Score& score : compare_sounds(sound, sound).scores) {
      QVERIFY2(!std::isinf(score.value), score.measure.c_str());
      if (score.measure == "snr") QCOMPARE(score.value, 200.0);
    }
  }
};

QTEST_GUILESS_MAIN(TestReport)
#include "test_report.moc"
