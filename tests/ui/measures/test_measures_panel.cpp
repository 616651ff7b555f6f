#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTableWidget>
#include <QToolButton>
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <future>
#include <limits>
#include <new>
#include <numbers>
#include <random>

#include "core/study/take_spread.h"
#include "tests/random_seed.h"
#include "ui/measures/cost_chart.h"
#include "ui/measures/cost_panel.h"
#include "ui/measures/measures_panel.h"
#include "ui/measures/noise_chart.h"
#include "ui/measures/step_chart.h"
#include "ui/measures/voice_chart.h"
#include "ui/theme/theme.h"

using namespace octet;
using namespace octet::ui;

namespace {

thread_local std::uint64_t allocations = 0;

}  // namespace

void* operator new(std::size_t bytes) {
  ++allocations;
  if (void* made = std::malloc(bytes)) return made;
  throw std::bad_alloc();
}
void operator delete(void* made) noexcept { std::free(made); }
void operator delete(void* made, std::size_t) noexcept { std::free(made); }

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Speech-like: harmonics, loud and quiet in turn.
std::vector<float> voice(double seconds) {
  std::vector<float> signal(static_cast<std::size_t>(seconds * kSampleRate));
  for (std::size_t i = 0; i < signal.size(); ++i) {
    const double at = double(i) / kSampleRate, level = int(2 * at) % 2 == 0 ? 0.2 : 0.002;
    for (int harmonic = 1; harmonic < 8; ++harmonic)
      signal[i] += float(level / harmonic * std::sin(2 * std::numbers::pi * 150 * harmonic * at));
  }
  return signal;
}

std::shared_ptr<Run> run(const QString& name, const QString& clip) {
  auto made = std::make_shared<Run>();
  made->name = name;
  made->plan = "plan " + name;
  made->clip = clip;
  made->key.clip = clip.toStdString();
  made->key.slot = name.front().unicode() - 'A';
  made->synthesis.waveform = voice(3);
  made->synthesis.costs = {{"flow", 1.5, 4'000'000}, {"vocoder", 0.5, 5'000'000}};
  made->synthesis.seconds = 2.25;
  made->weight_bytes = 14'500'000;
  auto& stages = made->synthesis.stages;
  stages["mel"] = {{1, 1, 2}, std::vector<float>{1, 1}};
  stages["encoder_out"] = {{1, 2, 1}, std::vector<float>{1, 1}};
  stages["mel_step_1"] = stages["mel_step_2"] = stages["mel"];
  stages["waveform"] = {{1, 2}, std::vector<float>{1, 1}};
  return made;
}

/// A and B of a clip; B has a click at 1.5 s.
Runs runs_with_click(const QString& clip) {
  auto b = run("B", clip);
  b->synthesis.waveform[std::size_t(1.5 * kSampleRate)] += 0.8f;
  std::get<std::vector<float>>(b->synthesis.stages["mel_step_2"].values) = {1.1f, 1.1f};
  return {run("A", clip), b};
}

struct Clip {
  const char* name;
  double distance, snr, similarity;
};

/// One floor below (bf16: 1.7 dB, 24 dB, 0.98), one above (other noise: 7.3 dB, -1 dB, 0.90).
Report report(const std::vector<Clip>& clips) {
  Report made;
  made.runs = {{"A", "all-base", {}}, {"B", "seed", {}}};
  for (const auto& clip : clips) {
    const auto scores = [](double distance, double snr, double similarity) {
      return std::vector<Score>{
          {"log_spectral_distance", distance}, {"snr", snr}, {"speaker_cosine", similarity}};
    };
    made.clips.push_back(
        {clip.name,
         3,
         {{"A, other noise", scores(7.3, -1, 0.90)}, {"bf16 against fp32", scores(1.7, 24, 0.98)}},
         {{{}, {}}, {{}, scores(clip.distance, clip.snr, clip.similarity)}}});
  }
  return made;
}

/// Where the parts of the bar at `key` end, which stand on each other.
double end_of_bar(QCustomPlot& plot, double key) {
  double end = 0;
  for (int i = 0; i < plot.plottableCount(); ++i)
    if (const auto* bars = qobject_cast<QCPBars*>(plot.plottable(i)))
      for (const auto& part : *bars->data())
        if (part.key == key) end += part.value;
  return end;
}

QStringList column(const QAbstractItemModel& model, int number) {
  QStringList texts;
  for (int row = 0; row < model.rowCount(); ++row) texts << model.index(row, number).data().toString();
  return texts;
}

const std::vector<Clip> kThree{{"fine", 1.0, 30, 0.99}, {"bad", 9, -3, 0.5}, {"middling", 3, 20, 0.95}};

bool measured(MeasuresPanel& panel) {
  return QTest::qWaitFor([&] { return !panel.analysis().runs.empty(); }, 20000);
}

/// Of A and B over clips: `cosine` is B's, all else is better than the floor.
Report report_to_judge(int count, double cosine) {
  Report made;
  made.steps = 10;
  made.seed = 3;
  made.runs = {{"A", "all-base", {}}, {"B", "seed", {}}};
  std::vector<Score> floor, run;
  for (const auto& threshold : read_thresholds(thresholds_file()).measures) {
    const bool higher = measure_called(threshold.measure).better == Better::higher;
    const bool voice = threshold.measure == "speaker_cosine";
    floor.push_back({threshold.measure, higher ? 0.9 : 2.0});
    run.push_back({threshold.measure, voice ? cosine : higher ? 0.95 : 1.0});
  }
  for (int i = 0; i < count; ++i)
    made.clips.push_back({"clip" + std::to_string(i), 3, {{"A, other noise", floor}}, {{{}, {}}, {{}, run}}});
  return made;
}

}  // namespace

class TestMeasuresPanel : public QObject {
  Q_OBJECT

  JobRunner lane_;

  template <typename Widget>
  static Widget& child(MeasuresPanel& panel, const char* name) {
    auto* found = panel.findChild<Widget*>(name);
    if (!found) qFatal("there is no %s", name);
    return *found;
  }

 private Q_SLOTS:
  void initTestCase() { apply_appearance(Appearance::light); }

  void rows_are_worst_first_with_a_sign_beside_the_colour() {
    MeasuresPanel panel(lane_);
    panel.setReport(report(kThree));
    const auto& model = *child<QTableView>(panel, "scoresTable").model();
    QCOMPARE(column(model, 0), (QStringList{"bad", "middling", "fine"}));
    QCOMPARE(column(model, 2), (QStringList{"! 3", "~ 3", "✓ 3"}));
    QCOMPARE(model.index(0, 2).data(Qt::ForegroundRole).value<QColor>(), colours().caution);
    QCOMPARE(model.index(1, 2).data(Qt::ForegroundRole).value<QColor>(),
             QApplication::palette().color(QPalette::Text));
    QCOMPARE(model.index(2, 2).data(Qt::ForegroundRole).value<QColor>(), colours().positive);
    QVERIFY(model.index(0, 4).data(Qt::AccessibleTextRole).toString().contains("beyond"));
  }

  void runs_without_scores_are_not_asked_for_again() {
    MeasuresPanel panel(lane_);
    auto& hint = child<QLabel>(panel, "scoresHint");
    QVERIFY(hint.text().contains("Synthesize A and B"));
    panel.setRuns(runs_with_click("clip"));
    QVERIFY2(hint.text().contains("Not measured yet"), qPrintable(hint.text()));
    panel.clear();
    QVERIFY(hint.text().contains("Synthesize A and B"));
  }

  void a_click_on_a_head_sorts_by_that_measure_worst_first() {
    MeasuresPanel panel(lane_);
    panel.setReport(report({{"one", 2, 10, 0.99}, {"two", 3, 22, 0.93}, {"three", 4, 21, 0.95}}));
    auto& table = child<QTableView>(panel, "scoresTable");
    table.sortByColumn(4, Qt::AscendingOrder);  // log-spectral distance: higher is worse
    QCOMPARE(column(*table.model(), 0), (QStringList{"three", "two", "one"}));
    table.sortByColumn(3, Qt::AscendingOrder);  // similarity: lower is worse
    QCOMPARE(column(*table.model(), 0), (QStringList{"two", "three", "one"}));
    table.sortByColumn(5, Qt::DescendingOrder);  // SNR, best first
    QCOMPARE(column(*table.model(), 0), (QStringList{"two", "three", "one"}));
  }

  void each_number_stands_beside_its_floors() {
    MeasuresPanel panel(lane_);
    panel.setReport(report({{"only", 3, 25, 0.5}}));
    const auto& model = *child<QTableView>(panel, "floorsTable").model();
    QCOMPARE(model.headerData(3, Qt::Horizontal, Qt::DisplayRole).toString(), QString("A,\nother\nnoise"));
    // Under headings, which have no numbers.
    QCOMPARE(column(model, 0),
             (QStringList{"Noise", "  SNR, dB", "Timbre", "  LSD, dB", "Voice", "  Voice"}));
    QCOMPARE(column(model, 1), (QStringList{"", "25.0\u00a0✓", "", "3.00\u00a0~", "", "0.5000\u00a0!"}));
    const auto limits = column(model, 2);  // by other noise, and a margin
    QVERIFY(limits[1].startsWith("≥ -") && limits[3].startsWith("≤ ") && limits[5].startsWith("≥ 0."));
    QCOMPARE(column(model, 3), (QStringList{"", "-1.00", "", "7.30", "", "0.9000"}));
    QCOMPARE(column(model, 4), (QStringList{"", "24.0", "", "1.70", "", "0.9800"}));
    QVERIFY(model.index(3, 0).data(Qt::ToolTipRole).toString().contains("power spectra"));
  }

  // B is A but for a click at 1.5 s; other noise makes A 6 dB louder, everywhere.
  void what_is_selected_is_measured_alone_beside_other_noise() {
    MeasuresPanel panel(lane_);
    const auto runs = runs_with_click("clip");
    auto louder = std::make_shared<Run>(*runs.front());
    for (auto& sample : louder->synthesis.waveform) sample *= 2;
    panel.setReport(report({{"clip", 3, 25, 0.5}}));
    panel.setRuns(runs);
    panel.setOtherTake(louder);
    const auto& line = child<QLabel>(panel, "selectionScores");
    QVERIFY(line.isHidden());
    panel.setSelection(TimeSpan{0.25, 1.25});
    QVERIFY(!line.isHidden());
    QTRY_VERIFY(line.text().contains("0.25 to 1.25 s"));
    QVERIFY2(line.text().contains("LSD 0.00&nbsp;dB"), qPrintable(line.text()));
    QVERIFY2(line.text().contains("Level 0.00&nbsp;dB (other noise 6.02&nbsp;dB)"), qPrintable(line.text()));
    panel.setSelection(TimeSpan{1.25, 1.75});
    QTRY_VERIFY(line.text().contains("1.25 to 1.75 s"));
    QVERIFY2(!line.text().contains("LSD 0.00"), qPrintable(line.text()));
    panel.setSelection({});
    QVERIFY(line.isHidden());
  }

  // As wide as the dock is in a window of 1280 pixels, every measure there is can be told from the others.
  void all_measures_can_be_told_apart_in_a_narrow_panel() {
    Report all;
    all.runs = {{"A", "all-base", {}}, {"B", "seed", {}}};
    std::vector<Score> scores;
    for (const auto& measure : measures())  // of usual length
      scores.push_back({std::string(measure.id), measure.unit == "dBFS" ? -101.2
                                                 : measure.unit == "dB" ? -10.25
                                                                        : 0.99885});
    all.clips.push_back({"ref00_en_f_nora",
                         3,
                         {{"A, other noise", scores}, {"bf16 against fp32", scores}},
                         {{{}, {}}, {{}, scores}}});
    MeasuresPanel panel(lane_);
    panel.resize(320, 700);
    panel.show();
    QVERIFY(QTest::qWaitForWindowExposed(&panel));
    panel.setReport(all);
    QCoreApplication::processEvents();
    auto& floors = child<QTableView>(panel, "floorsTable");
    const auto names = column(*floors.model(), 0);
    QCOMPARE(names.size(), static_cast<qsizetype>(measures().size()) + 5);  // and headings
    QCOMPARE(QSet<QString>(names.begin(), names.end()).size(), names.size());
    const QAbstractItemView& rows = floors;
    QVERIFY(floors.isColumnHidden(3));  // the limit is made of it
    QVERIFY2(floors.columnWidth(0) >= rows.sizeHintForColumn(0),
             qPrintable(QString("%1 < %2").arg(floors.columnWidth(0)).arg(rows.sizeHintForColumn(0))));
    // Of the overview, columns are seen whole or not at all.
    auto& overview = child<QTableView>(panel, "scoresTable");
    for (int width = 320; width < 800; width += 20) {
      panel.resize(width, 700);
      QCoreApplication::processEvents();
      int right = 0;
      for (int i = 0; i < overview.model()->columnCount(); ++i)
        if (!overview.isColumnHidden(i)) right = overview.columnViewportPosition(i) + overview.columnWidth(i);
      QVERIFY2(right <= overview.viewport()->width(), qPrintable(QString("%1 of %2").arg(right).arg(width)));
    }
    panel.resize(320, 700);
    QCoreApplication::processEvents();
    const QAbstractItemView& overview_rows = overview;
    QVERIFY(overview.columnWidth(0) >= overview_rows.sizeHintForColumn(0));  // the clip's whole name
    panel.resize(900, 700);
    QCoreApplication::processEvents();
    for (int i = 0; i < overview.model()->columnCount(); ++i) QVERIFY(!overview.isColumnHidden(i));
  }

  void a_number_that_is_not_defined_has_no_standing() {
    MeasuresPanel panel(lane_);
    panel.setReport(report({{"only", kNan, 25, 0.99}}));
    const auto& model = *child<QTableView>(panel, "scoresTable").model();
    QCOMPARE(model.index(0, 4).data().toString(), QString("–\u00a0–"));
    QCOMPARE(model.index(0, 2).data().toString(), QString("✓ 2"));
  }

  void a_number_equal_to_its_floor_is_within_and_both_sides_of_zero_count() {
    const auto& distance = measure_called("log_spectral_distance");
    QCOMPARE(standing(distance, 1.7, {7.3, 1.7}, {}), Standing::within);
    QCOMPARE(standing(distance, 7.3, {7.3, 1.7}, {}), Standing::between);
    QCOMPARE(standing(distance, 7.4, {kNan, 1.7}, {}), Standing::beyond);
    // More than another take would differ by, whatever bf16 does.
    QCOMPARE(standing(distance, 3, {1.7, 7.3}, {.chance = 0.5}), Standing::beyond);
    QCOMPARE(standing(distance, 1.0, {kNan}, {}), Standing::unknown);
    // The one other take there is might have been better by the margin.
    QCOMPARE(standing(distance, 7.7, {7.3, 1.7}, {.chance = 0.5}), Standing::untold);
    QCOMPARE(standing(distance, 7.9, {7.3, 1.7}, {.chance = 0.5}), Standing::beyond);
    // What nobody hears is no question of chance.
    QCOMPARE(standing(distance, 7.4, {7.3, 1.7}, {.chance = 0.5, .inaudible = 0.2}), Standing::between);
    QCOMPARE(standing(distance, 7.6, {7.3, 1.7}, {.chance = 0.5, .inaudible = 0.2}), Standing::untold);
    QCOMPARE(standing(distance, 7.9, {7.3, 1.7}, {.chance = 0.5, .inaudible = 0.7}), Standing::between);
    const auto& voice = measure_called("speaker_cosine");
    QCOMPARE(standing(voice, 0.87, {0.9, 0.98}, {.inaudible = 0.05}), Standing::between);
    QCOMPARE(standing(voice, 0.84, {0.9, 0.98}, {.inaudible = 0.05}), Standing::beyond);
    const auto& level = measure_called("level_difference");
    QCOMPARE(standing(level, -0.5, {0.4}, {}), Standing::beyond);
    QCOMPARE(standing(level, -0.3, {0.4}, {}), Standing::within);
  }

  // Beyond what takes differ by, 0.05 %; by less than the 0.1 % that nobody hears, and by more.
  void what_nobody_hears_raises_no_alarm() {
    const auto offset_of = [](double value) {
      Report made;
      made.runs = {{"A", "all-base", {}}, {"B", "seed", {}}};
      made.clips = {{"clip",
                     3,
                     {{"A, other noise", {{"constant_offset", -0.02}}}},
                     {{{}, {}}, {{}, {{"constant_offset", value}}}}}};
      return scored_runs(made).front().find("constant_offset")->standing;
    };
    QCOMPARE(offset_of(-0.11), Standing::between);
    QCOMPARE(offset_of(-0.13), Standing::beyond);
  }

  // Worse than the other take, 0.9, by less than nobody hears; by more, which may be chance; by more than
  // that.
  void what_one_clip_cannot_tell_is_not_called_within() {
    const auto voice_of = [](double cosine) {
      return scored_runs(report({{"clip", 3, 25, cosine}})).front().find("speaker_cosine")->standing;
    };
    QCOMPARE(sign(voice_of(0.89)), QString("~"));
    QCOMPARE(sign(voice_of(0.86)), QString("?"));
    QVERIFY(words(voice_of(0.86)).contains("one clip cannot tell"));
    QCOMPARE(sign(voice_of(0.6)), QString("!"));
    QCOMPARE(voice_of(0.99), Standing::within);
    MeasuresPanel panel(lane_);
    panel.setReport(report({{"clip", 3, 25, 0.86}}));
    const auto text = child<QLabel>(panel, "verdict").text();
    QVERIFY2(
        text.contains("Worse than the other take, perhaps by chance, which one clip cannot tell: Voice."),
        qPrintable(text));
  }

  // Takes that differ by chance alone: of 31 numbers some are nearly always worse than one other take's.
  void chance_alone_seldom_raises_an_alarm() {
    const auto seed = test::random_seed();
    std::mt19937_64 generator(seed);
    constexpr int kTakes = 2000;
    int alarms = 0, worse = 0;
    for (int take = 0; take < kTakes; ++take) {
      Report made;
      made.runs = {{"A", "all-base", {}}, {"B", "seed", {}}};
      std::vector<Score> run, floor;
      for (const auto& measure : measures()) {
        std::normal_distribution<double> normal(100, take_spread(measure.id) / std::sqrt(2.0));
        run.push_back({std::string(measure.id), take_spread(measure.id) > 0 ? normal(generator) : 100});
        floor.push_back({std::string(measure.id), take_spread(measure.id) > 0 ? normal(generator) : 100});
      }
      made.clips = {{"clip", 3, {{"A, other noise", floor}}, {{{}, {}}, {{}, run}}}};
      const auto scored = scored_runs(made).front();
      alarms += scored.count(Standing::beyond) > 0 ? 1 : 0;
      worse += scored.count(Standing::untold) > 0 ? 1 : 0;
    }
    // 5 % of 2000 and four times its deviation, 10; and not so few that nothing would ever be found.
    QVERIFY2(alarms <= 140 && alarms >= 40, qPrintable(QString::number(alarms)));
    QVERIFY(worse > kTakes * 0.99);
  }

  // A network's guess is shown beside its floors and raises an alarm; the verdict in words does not count it.
  void what_is_predicted_is_an_alarm_and_no_verdict() {
    MeasuresPanel panel(lane_);
    const auto of_change = [](double change) {
      Report made;
      made.runs = {{"A", "all-base", {}}, {"B", "seed", {}}};
      const std::vector<Score> floor{{"mr_stft", 1.0}, {"predicted_mos_change", 0.0}};
      const std::vector<Score> run{{"mr_stft", 0.5}, {"predicted_mos_change", change}};
      made.clips = {{"clip", 3, {{"A, other noise", floor}}, {{{}, {}}, {{}, run}}}};
      return made;
    };
    const auto& verdict = child<QLabel>(panel, "verdict");
    for (const double change : {0.0, -4.0}) {
      panel.setReport(of_change(change));
      QTRY_VERIFY2(verdict.text().contains("no more than bf16 from fp32, in all 1 measures"),
                   qPrintable(verdict.text()));
      QTRY_COMPARE(verdict.text().contains("B: the predicted MOS changes by -4.00"), change < 0);
      QCOMPARE(scored_runs(of_change(change)).front().count(Standing::beyond), 0);
    }
    QCOMPARE(scored_runs(of_change(-4)).front().measures.back().standing, Standing::beyond);
  }

  void all_clips_together_are_judged_as_validate_does() {
    MeasuresPanel panel(lane_);
    const auto& verdict = child<QLabel>(panel, "verdict");
    QVERIFY(panel.overall(1).text.isEmpty());
    panel.setReport(report_to_judge(5, 0.95));
    QTRY_VERIFY2(verdict.text().contains("B: no verdict yet. 5 of the 6 clips"), qPrintable(verdict.text()));
    panel.setReport(report_to_judge(6, 0.95));
    QTRY_VERIFY2(
        verdict.text().contains("✓  B over 6 clips (10 steps, noise seed 3): no audible change (at most 5"),
        qPrintable(verdict.text()));
    // Two takes are further apart in level than what is heard, and B is not much nearer.
    QVERIFY2(verdict.text().contains(". Other takes differ too much by ") && verdict.text().contains("Level"),
             qPrintable(verdict.text()));
    const auto calm = verdict.palette().color(QPalette::Window);
    panel.setReport(report_to_judge(6, 0.7));
    QTRY_VERIFY2(verdict.text().contains("!  B over 6 clips (10 steps, noise seed 3): broken"),
                 qPrintable(verdict.text()));
    QVERIFY2(verdict.text().contains("Voice (0.2000 worse than other noise)"), qPrintable(verdict.text()));
    QVERIFY(verdict.palette().color(QPalette::Window) != calm);
    QVERIFY(panel.overall(1).standing == Standing::beyond);
    QVERIFY(panel.overall(1).text.startsWith("B over 6 clips (10 steps, noise seed 3): broken"));
    panel.setOutdated(true);  // what was broken may be mended, or worse
    QVERIFY(panel.overall(1).standing == Standing::unknown);
    QVERIFY2(panel.overall(1).text.startsWith("not judged"), qPrintable(panel.overall(1).text));
    panel.setOutdated(false);
    panel.setReport(report_to_judge(6, 0.85));
    QTRY_VERIFY2(verdict.text().contains("~  B over 6 clips (10 steps, noise seed 3): listen"),
                 qPrintable(verdict.text()));
  }

  /// As where another document is opened: what was judged of the former one is there, and not read yet.
  void a_judgement_that_comes_after_its_report_went_is_dropped() {
    MeasuresPanel panel(lane_);
    panel.setReport(report_to_judge(6, 0.7));
    std::promise<void> judged;  // behind it in the lane, while this thread reads no letters
    lane_.run(
        "after it", &panel,
        [&](const JobControl&) {
          judged.set_value();
          return 0;
        },
        [](int) {});
    judged.get_future().wait();
    panel.clear();
    QTRY_COMPARE(lane_.pending(), 0);
    QVERIFY2(panel.overall(1).text.isEmpty(), qPrintable(panel.overall(1).text));
  }

  void the_verdict_says_in_words_what_is_beyond_and_where_to_listen() {
    MeasuresPanel panel(lane_);
    const auto& verdict = child<QLabel>(panel, "verdict");
    panel.setReport(report({{"bad", 3, 25, 0.5}}));
    QVERIFY2(
        verdict.text().startsWith("!  B differs from A by more than another take would, in 1 of 3 measures: "
                                  "Voice (0.5000, other noise 0.9000, bf16 0.9800)."),
        qPrintable(verdict.text()));
    QVERIFY(!verdict.text().contains("Listen"));
    QVERIFY2(verdict.text().contains("Chance alone says that of about 5 %"), qPrintable(verdict.text()));
    const auto amber = verdict.palette().color(QPalette::Window);
    panel.setRuns(runs_with_click("bad"));
    QVERIFY(measured(panel));
    QVERIFY2(verdict.text().contains("Listen at 1.5"), qPrintable(verdict.text()));

    // Worse than bf16 alone is no reason for amber.
    panel.setReport(report({{"middling", 3, 25, 0.99}}));
    QVERIFY2(verdict.text().contains("no more than another take") && verdict.text().contains("in 1: LSD"),
             qPrintable(verdict.text()));
    QVERIFY(verdict.palette().color(QPalette::Window) != amber);
    panel.setReport(report({{"fine", 1, 30, 0.99}}));
    QVERIFY2(verdict.text().contains("no more than bf16"), qPrintable(verdict.text()));

    // Without floors nothing is judged.
    auto bare = report({{"bare", 3, 25, 0.5}});
    bare.clips.front().floors.clear();
    panel.setReport(bare);
    QVERIFY2(verdict.text().contains("No verdict"), qPrintable(verdict.text()));
    panel.clear();
    QVERIFY(verdict.isHidden());
  }

  void the_voice_of_each_clip_stands_beside_its_floors_worst_on_top() {
    MeasuresPanel panel(lane_);
    panel.resize(420, 600);
    panel.showSection(MeasuresPanel::Section::voice);
    panel.show();
    panel.setReport(report(kThree));
    auto& chart = *panel.findChild<VoiceChart*>();
    const auto& table = *chart.table().model();
    QCOMPARE(column(table, 0), (QStringList{"bad", "middling", "fine"}));
    QCOMPARE(column(table, 1), (QStringList{"0.5000", "0.9500", "0.9900"}));
    QCOMPARE(column(table, 2), (QStringList{"0.9000", "0.9000", "0.9000"}));
    QCOMPARE(column(table, 3), (QStringList{"0.9800", "0.9800", "0.9800"}));
    // A click on the top row means its clip.
    chart.plot().replot();
    QSignalSpy jumps(&panel, &MeasuresPanel::jumpRequested);
    QTest::mouseClick(
        &chart.plot(), Qt::LeftButton, {},
        QPointF(chart.plot().xAxis->coordToPixel(0.5), chart.plot().yAxis->coordToPixel(2)).toPoint());
    QCOMPARE(jumps.size(), 1);
    QCOMPARE(jumps[0][0].value<std::string>(), "bad");
    QCOMPARE(jumps[0][1].toInt(), 1);
  }

  // Unit vectors: cosines are 0.6 and 0.8 across voices, and 1 in one voice, which is no anchor.
  void another_voice_is_an_anchor_for_what_alike_means() {
    VoiceChart chart;
    auto made = report({{"a", 1, 30, 0.99}, {"b", 1, 30, 0.98}, {"c", 1, 30, 0.97}, {"d", 1, 30, 0.96}});
    chart.setReport(made);
    QCOMPARE(chart.table().columnCount(), 4);  // nothing was heard: there is no such column
    const std::vector<std::vector<float>> asked{{1, 0}, {0, 1}, {1, 1}, {1, 0}};
    const std::vector<std::vector<float>> heard{{1, 0}, {0.6F, 0.8F}, {0.8F, -0.6F}, {1, 0}};
    for (std::size_t i = 0; i < asked.size(); ++i) {
      made.clips[i].voice = asked[i];
      made.clips[i].heard = heard[i];
    }
    chart.setReport(made);
    QCOMPARE(column(*chart.table().model(), 0), (QStringList{"d", "c", "b", "a"}));
    QCOMPARE(column(*chart.table().model(), 4), (QStringList{"0.8000", "0.8000", "0.6000", "0.8000"}));
    QVERIFY(chart.plot().xAxis->range().lower < 0.6);
    const auto said = [&] {
      return std::ranges::any_of(chart.findChildren<QLabel*>(), [](const QLabel* label) {
        return label->text().contains("Another voice: up to 0.80");
      });
    };
    QVERIFY(said());
    // Clips that are spoken in one voice have no other.
    for (auto& clip : made.clips) clip.voice = {1, 0};
    chart.setReport(made);
    QCOMPARE(chart.table().columnCount(), 4);
    QVERIFY(!said());
  }

  // A click is wider than nothing: the middle of the window of 60 ms that differs most.
  void a_click_on_a_row_jumps_to_its_worst_moment() {
    MeasuresPanel panel(lane_);
    panel.resize(420, 600);
    panel.show();
    panel.setReport(report(kThree));
    panel.setRuns(runs_with_click("bad"));
    QSignalSpy jumps(&panel, &MeasuresPanel::jumpRequested);
    auto& table = child<QTableView>(panel, "scoresTable");
    const auto click = [&](int row) {
      QTest::mouseClick(table.viewport(), Qt::LeftButton, {},
                        table.visualRect(table.model()->index(row, 0)).center());
    };
    click(0);  // before it was measured: the jump comes when the place is known
    QVERIFY(measured(panel));
    QTRY_COMPARE(jumps.size(), 1);
    QCOMPARE(jumps[0][0].value<std::string>(), "bad");
    QCOMPARE(jumps[0][1].toInt(), 1);
    QVERIFY2(std::abs(jumps[0][2].toDouble() - 1.5) < 0.031, qPrintable(jumps[0][2].toString()));

    QSignalSpy plays(&panel, &MeasuresPanel::playRequested);
    QTest::keyClick(&table, Qt::Key_Return);
    QCOMPARE(jumps.size(), 2);
    QCOMPARE(jumps[1][2], jumps[0][2]);
    QCOMPARE(plays.size(), 1);  // Enter plays, as its name says
    child<QToolButton>(panel, "moment0").click();
    QCOMPARE(jumps.size(), 3);
    QCOMPARE(plays.size(), 2);
    QCOMPARE(jumps[2][2], jumps[0][2]);

    click(2);  // whose runs were never given
    QCOMPARE(jumps[3][0].value<std::string>(), "fine");
    QCOMPARE(jumps[3][2].toDouble(), 0.0);
    panel.setRuns(runs_with_click("fine"));
    QVERIFY(measured(panel));
    click(0);  // found before, and kept
    QVERIFY(std::abs(jumps[4][2].toDouble() - 1.5) < 0.031);

    // A clip that was not looked at shows no moments of another one.
    const auto moments_shown = [&] {
      return std::ranges::any_of(panel.findChildren<QToolButton*>(), [](const QToolButton* button) {
        return button->objectName().startsWith("moment") && button->isVisible();
      });
    };
    QTRY_VERIFY(moments_shown());
    click(1);  // "middling"
    QCoreApplication::processEvents();
    QVERIFY(!moments_shown());
  }

  void worst_moments_are_those_of_the_clip_that_is_shown() {
    MeasuresPanel panel(lane_);
    panel.resize(420, 600);
    panel.show();
    std::vector<double> marked;
    connect(&panel, &MeasuresPanel::momentsShown, &panel,
            [&marked](const std::vector<double>& seconds) { marked = seconds; });
    panel.setReport(report(kThree));
    panel.setRuns(runs_with_click("bad"));
    QVERIFY(measured(panel));
    QTRY_VERIFY(!marked.empty());
    QVERIFY2(std::abs(marked.front() - 1.5) < 0.031, qPrintable(QString::number(marked.front())));
    panel.setRuns(runs_with_click("fine"));  // which was not looked at yet
    QVERIFY(marked.empty());
    QTRY_VERIFY(!marked.empty());
    panel.setRuns({});
    QVERIFY(marked.empty());
  }

  void steps_of_equal_runs_are_zero_and_others_have_their_error() {
    MeasuresPanel panel(lane_);
    panel.setRuns({run("A", "clip"), run("B", "clip")});
    QVERIFY(measured(panel));
    const auto& errors = panel.analysis().runs[1].errors;
    QCOMPARE(errors.size(), std::size_t(4));
    for (const auto& error : errors) QCOMPARE(error.relative, 0.0);
    QVERIFY(panel.analysis().runs[1].moments.empty());
    auto& chart = *panel.findChild<StepChart*>();
    QVERIFY(!chart.isEmpty());
    QCOMPARE(chart.table().item(2, 1)->text(), QString("0 (equal)"));

    panel.setRuns(runs_with_click("clip"));
    QVERIFY(measured(panel));
    QCOMPARE(chart.table().item(1, 1)->text(), QString("0 (equal)"));
    QCOMPARE(chart.table().item(2, 1)->text(), QString("10"));  // per cent
    QCOMPARE(chart.plot().yAxis->scaleType(), QCPAxis::stLogarithmic);

    // Beside how far bf16 is from fp32, where that is known of the clip that is shown.
    QCOMPARE(chart.table().columnCount(), 2);
    Report report;
    report.runs = {{"A", "all-base", {}}, {"B", "seed", {}}};
    report.clips = {{"clip", 1, {{"A, other noise", {}}, {"bf16 against fp32", {}}}, {{{}, {}}, {{}, {}}}}};
    report.clips[0].floors[1].errors = {{"mel_step_2", 0.0125}};
    panel.setReport(report);
    QCOMPARE(chart.table().columnCount(), 3);
    QCOMPARE(chart.table().horizontalHeaderItem(2)->text(), QString("bf16 against fp32, %"));
    QCOMPARE(chart.table().item(2, 2)->text(), QString("1.25"));
    QCOMPARE(chart.table().item(0, 2)->text(), QString("–"));
    panel.setRuns(runs_with_click("another"));
    QVERIFY(measured(panel));
    QCOMPARE(chart.table().columnCount(), 2);
  }

  // B takes half as long as A in the median, and its slowest round longer than A's.
  void plans_that_were_timed_in_turn_stand_beside_each_other() {
    MeasuresPanel panel(lane_);
    auto& cost = panel.cost();
    auto* button = cost.findChild<QPushButton*>("timePlans");
    QVERIFY(!button->isVisibleTo(&cost));  // nothing was spoken
    panel.setRuns(runs_with_click("clip"));
    QVERIFY(button->isVisibleTo(&cost));
    QSignalSpy asked(&cost, &CostPanel::timesRequested);
    button->click();
    QCOMPARE(asked.size(), 1);
    cost.setTiming(true);
    QVERIFY(!button->isEnabled());
    cost.setTiming(false);
    QVERIFY(button->isEnabled());

    const auto timing = [](double scale, double slowest) {
      return PlanTiming{"plan",
                        1,
                        3,
                        static_cast<std::uint64_t>(2e7 * scale),
                        {{"flow", 2 * scale, 1 * scale, slowest, 0.7, 0, 0.4, 1.25},
                         {"vocoder", scale, scale, scale, scale, 0},
                         {"total", 3 * scale, 2 * scale, slowest, scale, 0},
                         {"end to end", 3.3 * scale, 2.2 * scale, slowest, scale, 0},
                         {"voice", 0.5, 0.5, 0.5, 1, 0}}};
    };
    const auto& chart = *cost.findChild<CostChart*>();
    const auto before = chart.table().rowCount();
    PlanTimes times{{"A", "B"}, {}, {timing(1, 3.5), timing(0.5, 4)}, 30'000'000, false, "CPU"};
    times.plans[0].threads = 2;
    times.of_slots = 2;
    cost.setTimes(times);
    const auto cell = [&](const char* title, int column) {
      for (int row = 0; row < chart.table().rowCount(); ++row)
        if (chart.table().item(row, 0)->text() == title) return chart.table().item(row, column)->text();
      return QString("no such row");
    };
    const auto captions = chart.findChildren<QLabel*>();
    QVERIFY(std::ranges::any_of(captions,
                                [](auto* label) { return label->text().startsWith("CPU, 2 threads:"); }));
    QCOMPARE(chart.table().columnCount(), 5);  // what, A, B, B : A, by round
    QCOMPARE(chart.table().horizontalHeaderItem(3)->text(), "B : A");
    // What has to be known first is seen first.
    QCOMPARE(chart.table().item(0, 0)->text(), "end to end");
    QCOMPARE(chart.table().item(2, 0)->text(), "peak memory, MB");
    QCOMPARE(cell("flow", 1), "2.000");
    QCOMPARE(cell("flow", 2), "1.000");
    QCOMPARE(cell("flow", 3), "0.50");  // as the columns beside it say, not as the median round does
    QCOMPARE(cell("flow", 4), "0.40–1.25");
    QCOMPARE(cell("fastest round", 2), "1.100");
    QCOMPARE(cell("slowest round", 2), "4.000");
    QCOMPARE(cell("real-time factor", 1), "1.10");
    QCOMPARE(cell("weights, MB", 1), "20.0");
    QCOMPARE(cell("weights, MB", 3), "0.50");
    QCOMPARE(cell("working, MB", 2), "30.0");
    QCOMPARE(cell("peak memory, MB", 1), "50.0");
    QCOMPARE(cell("peak memory, MB", 2), "40.0");
    QCOMPARE(cell("peak memory, MB", 3), "0.80");
    // Parts of a bar are told apart without a colour of their own, by the next one and by name.
    auto& plot = cost.findChild<CostChart*>()->plot();
    QVERIFY(plot.plottable(0)->brush() != plot.plottable(1)->brush());
    QCOMPARE(plot.itemCount(), 4);                   // flow and vocoder of both
    QVERIFY(chart.plot().xAxis->range().upper > 4);  // the slowest round is seen
    // Bars end where the table's first row says, B's below A's; lines reach from the fastest round to the
    // slowest.
    QCOMPARE(end_of_bar(plot, 1), 3.3);
    QCOMPARE(end_of_bar(plot, 0), 1.65);
    QCOMPARE(plot.plottable(2)->name(), "between the stages");
    const auto* spread = plot.findChild<QCPErrorBars*>();
    const auto& whole = *spread->dataPlottable()->interface1D();
    const std::vector<std::array<double, 3>> rounds{{0, 1.1, 4}, {1, 2.2, 3.5}};
    for (int i = 0; i < 2; ++i) {
      const auto& [key, fastest, slowest] = rounds[static_cast<std::size_t>(i)];
      QCOMPARE(whole.dataMainKey(i), key);
      QCOMPARE(whole.dataMainValue(i) - spread->data()->at(i).errorMinus, fastest);
      QCOMPARE(whole.dataMainValue(i) + spread->data()->at(i).errorPlus, slowest);
    }
    // What is timed beside the plans is a yardstick: its ratio says enough.
    times.names << "bf16";
    times.plans.push_back(timing(0.8, 4));
    cost.setTimes(times);
    QCOMPARE(chart.table().columnCount(), 7);
    QCOMPARE(chart.table().horizontalHeaderItem(6)->text(), "bf16 : A");
    // The runs' own numbers come back.
    cost.setTimes({});
    QCOMPARE(chart.table().rowCount(), before);
  }

  void noise_and_cost_have_their_tables() {
    MeasuresPanel panel(lane_);
    auto runs = runs_with_click("clip");
    panel.setRuns(runs);
    QVERIFY(measured(panel));
    QCOMPARE(panel.analysis().runs[0].floors.size(), std::size_t(4));
    const auto tables = panel.findChildren<Chart*>();
    const auto chart_of = [&](const char* plot) {
      for (auto* chart : tables)
        if (chart->plot().objectName() == plot) return chart;
      return tables.front();
    };
    const auto& cost = chart_of("costPlot")->table();
    QCOMPARE(cost.item(0, 0)->text(), QString("flow"));
    QCOMPARE(cost.item(0, 1)->text(), QString("1.500"));
    QCOMPARE(cost.item(0, 2)->text(), QString("1.500"));  // B's: the CPU's memory says nothing of a stage
    QCOMPARE(cost.item(2, 1)->text(), QString("2.000"));
    QCOMPARE(cost.item(3, 1)->text(), QString("2.250"));
    QCOMPARE(cost.item(4, 1)->text(), QString("0.75"));  // 2.25 s for 3 s of sound
    QCOMPARE(cost.item(5, 1)->text(), QString("14.5"));
    QCOMPARE(end_of_bar(chart_of("costPlot")->plot(), 1), 2.25);  // A's, as end to end
    // What was not computed cost nothing.
    auto toggled = std::make_shared<Run>(*runs[1]);
    toggled->synthesis.costs[0].reused = true;
    toggled->synthesis.costs[0].seconds = 0;
    panel.setRuns({runs[0], toggled});
    QVERIFY(measured(panel));
    QCOMPARE(cost.item(0, 2)->text(), QString("from cache"));
    QCOMPARE(cost.item(1, 2)->text(), QString("0.500"));
    // A GPU's allocator tells what each stage held.
    Runs on_gpu;
    for (const auto& made : runs) {
      auto there = std::make_shared<Run>(*made);
      there->on_gpu = true;
      on_gpu.push_back(there);
    }
    panel.setRuns(on_gpu);
    QVERIFY(measured(panel));
    QCOMPARE(cost.item(0, 1)->text(), QString("1.500"));
    QCOMPARE(cost.item(0, 2)->text(), QString("4.0"));
    panel.setRuns({runs[0], toggled});
    QVERIFY(measured(panel));
    const auto& noise = chart_of("noisePlot")->table();
    QCOMPARE(noise.rowCount(), 4);
    QCOMPARE(noise.item(1, 3)->text(), QString("+0.0"));
    // Pauses twice as loud: 6 dB more in the band of their harmonics.
    auto hissing = std::make_shared<Run>(*runs[0]);
    hissing->name = "B";
    hissing->key.slot = 1;
    auto& waveform = hissing->synthesis.waveform;
    for (std::size_t i = 0; i < waveform.size(); ++i)
      if (int(2 * double(i) / kSampleRate) % 2 == 1) waveform[i] *= 2;
    panel.setRuns({runs[0], hissing});
    QVERIFY(measured(panel));
    QCOMPARE(noise.item(0, 3)->text(), QString("+6.0"));
    auto fainter = std::make_shared<Run>(*runs[0]);
    fainter->name = "B";
    fainter->key.slot = 1;
    for (auto& sample : fainter->synthesis.waveform) sample *= 0.997f;  // -0.03 dB
    panel.setRuns({runs[0], fainter});
    QVERIFY(measured(panel));
    QCOMPARE(noise.item(0, 3)->text(), QString("+0.0"));
  }

  // Pauses twice as loud: 6.0 dB, between other noise (8 dB) and bf16 (0.5 dB).
  void noise_is_drawn_as_a_rise_over_the_reference_beside_its_floors() {
    MeasuresPanel panel(lane_);
    auto& chart = *panel.findChild<NoiseChart*>();
    auto runs = runs_with_click("clip");
    auto& waveform = std::const_pointer_cast<Run>(runs[1])->synthesis.waveform;
    for (std::size_t i = 0; i < waveform.size(); ++i)
      if (int(2 * double(i) / kSampleRate) % 2 == 1) waveform[i] *= 2;
    panel.setRuns(runs);
    QVERIFY(measured(panel));
    QCOMPARE(chart.plot().graphCount(), 0);  // floors come with the scores

    auto measured_now = report({{"clip", 3, 20, 0.9}, {"another", 3, 20, 0.9}});
    const auto set_floors = [](ClipResult& clip, double other, double bf16) {
      clip.floors[0].scores.push_back({"noise_floor_rise_100_1000", other});
      clip.floors[1].scores.push_back({"noise_floor_rise_100_1000", bf16});
    };
    set_floors(measured_now.clips[0], 8, 0.5);
    set_floors(measured_now.clips[1], 99, 99);
    panel.setReport(measured_now);
    QCOMPARE(chart.plot().graphCount(), 2);
    QCOMPARE(chart.plot().graph(0)->name(), QString("A, other noise"));
    QCOMPARE(chart.plot().graph(0)->data()->at(0)->value, 8.0);
    QCOMPARE(chart.plot().graph(1)->data()->at(0)->value, 0.5);
    const auto* bars = qobject_cast<QCPBars*>(chart.plot().plottable(0));
    QVERIFY(bars);
    QCOMPARE(bars->name(), QString("B"));  // the reference is the ground
    QVERIFY(std::abs(bars->data()->at(0)->value - 20 * std::log10(2)) < 0.01);
    QVERIFY(chart.plot().yAxis->range().contains(8));
    QCOMPARE(column(*chart.table().model(), 4).front(), QString("+8.0"));
    QCOMPARE(column(*chart.table().model(), 5), (QStringList{"+0.5", "–", "–", "–"}));
  }

  void empty_sections_say_what_to_do() {
    MeasuresPanel panel(lane_);
    for (auto* chart : panel.findChildren<Chart*>()) {
      QVERIFY(chart->isEmpty());
      QVERIFY(chart->hint().contains("Synthesize"));
    }
    panel.setReport(report(kThree));
    panel.setRuns(runs_with_click("bad"));
    panel.clear();
    QVERIFY(panel.csv().isEmpty());
    for (auto* chart : panel.findChildren<Chart*>()) QVERIFY(chart->isEmpty());
  }

  void what_is_measured_is_shown_of_the_clip_that_is_shown() {
    MeasuresPanel panel(lane_);
    const auto& title = child<QLabel>(panel, "detailTitle");
    const auto all = report(kThree);
    panel.setReport(all);
    for (const auto* clip : {"fine", "middling", "bad"}) {
      panel.setRuns(runs_with_click(clip));
      QVERIFY2(title.text().contains(clip), qPrintable(title.text()));
    }
    child<QTableView>(panel, "scoresTable").selectRow(2);  // a row that is chosen stays
    panel.setRuns(runs_with_click("bad"));
    QVERIFY2(title.text().contains("fine"), qPrintable(title.text()));
    panel.setRuns(runs_with_click("a clip without measures"));
    QVERIFY2(title.text().contains("fine"), qPrintable(title.text()));

    // Its measures come after it is shown.
    panel.clear();
    auto first = all;
    first.clips.resize(1);
    panel.setReport(first);
    panel.setRuns(runs_with_click(all.clips[1].name.c_str()));
    panel.setClip(all, all.clips[1]);
    QVERIFY2(title.text().contains(all.clips[1].name.c_str()), qPrintable(title.text()));
    panel.setClip(all, all.clips[2]);
    QVERIFY2(title.text().contains(all.clips[1].name.c_str()), qPrintable(title.text()));
  }

  void numbers_from_before_a_change_are_said_to_be() {
    MeasuresPanel panel(lane_);
    const auto& verdict = child<QLabel>(panel, "verdict");
    const auto ground = [&] { return verdict.palette().color(QPalette::Window).rgb(); };
    panel.setReport(report({{"bad", 3, 25, 0.5}}));
    QVERIFY(!verdict.text().contains("before the last change"));
    QCOMPARE(ground(), colours().caution.rgb());
    panel.setOutdated(true);
    QVERIFY(ground() != colours().caution.rgb());  // nothing to look into any more
    QVERIFY2(verdict.text().startsWith("–  From before the last change"), qPrintable(verdict.text()));
    panel.setOutdated(false);
    QVERIFY(!verdict.text().contains("before the last change"));
  }

  void blind_tests_are_said_with_the_verdict_of_their_run() {
    MeasuresPanel panel(lane_);
    const auto& verdict = child<QLabel>(panel, "verdict");
    panel.setReport(report({{"good", 1, 25, 0.95}}));
    panel.setBlindTests(
        {{{"good", 1}, "Blind test: 9 of 12, p = 0.073"}, {{"other", 1}, "Blind test: 1 of 1"}});
    QVERIFY2(verdict.text().endsWith("\n–  Blind test: 9 of 12, p = 0.073"), qPrintable(verdict.text()));
    panel.setBlindTests({});
    QVERIFY(!verdict.text().contains("Blind test"));
  }

  void a_validation_is_said_first() {
    MeasuresPanel panel(lane_);
    const auto& verdict = child<QLabel>(panel, "verdict");
    panel.setReport(report({{"good", 1, 25, 0.95}}));
    panel.setValidations(
        {{2, {Standing::within, "Validated: C."}}, {1, {Standing::beyond, "Validated: B."}}});
    QVERIFY2(verdict.text().startsWith("!  Validated: B.\n"), qPrintable(verdict.text()));
    panel.setValidations({});
    QVERIFY(!verdict.text().contains("Validated"));
  }

  void what_rounds_to_nothing_has_no_sign() {
    const auto& hiss = measure_called("noise_floor_rise_1_4k");
    QCOMPARE(value_text(hiss, -0.001), value_text(hiss, 0));
    QCOMPARE(value_text(hiss, -0.4), "-0.40");
  }

  void a_limit_is_where_beyond_begins() {
    const auto& distance = measure_called("log_spectral_distance");
    const auto& voice = measure_called("speaker_cosine");
    const auto& level = measure_called("level_difference");
    QCOMPARE(limit(distance, {7.3, 1.7}, 0.5), 7.8);
    QCOMPARE(limit(distance, {kNan, 1.7}, 0.5), 1.7);
    QCOMPARE(limit(voice, {0.9, 0.98}, 0.05), 0.85);
    QCOMPARE(limit(level, {-0.4, 0.1}, 0.1), 0.5);
    QVERIFY(std::isnan(limit(level, {kNan}, 0.1)));
    for (const auto* measure : {&distance, &voice, &level}) {
      const std::vector<double> floors{0.9, 0.5};
      const double end = limit(*measure, floors, 0.25);
      const double worse = measure->better == Better::higher ? -1e-6 : 1e-6;
      QCOMPARE(standing(*measure, end - worse, floors, {.chance = 0.25}), Standing::untold);
      QCOMPARE(standing(*measure, end + worse, floors, {.chance = 0.25}), Standing::beyond);
    }
    QCOMPARE(limit_text(distance, 7.8), QString("≤ 7.80"));
    QCOMPARE(limit_text(voice, 0.85), QString("≥ 0.8500"));
    QCOMPARE(limit_text(level, 0.5), QString("± 0.50"));
  }

  void the_table_is_copied_as_csv() {
    MeasuresPanel panel(lane_);
    panel.setReport(report({{"a, \"quoted\" clip", 3, kNan, 0.5}}));
    child<QToolButton>(panel, "copyCsv").click();
    const auto lines = QApplication::clipboard()->text().split("\r\n", Qt::SkipEmptyParts);
    QCOMPARE(lines.size(), 4);
    QCOMPARE(lines[0], QString("clip,run,plan,against,measure,unit,better,value,\"floor: A, other noise\","
                               "floor: bf16 against fp32,standing"));
    QCOMPARE(lines[2], QString("\"a, \"\"quoted\"\" clip\",B,seed,A,log-spectral distance,dB,lower,3,7.3,1.7,"
                               "within what other noise may do"));
    QVERIFY(lines[1].contains(",higher,,-1,24,not defined"));
  }

  void a_new_report_keeps_the_selected_row() {
    MeasuresPanel panel(lane_);
    panel.setReport(report(kThree));
    auto& table = child<QTableView>(panel, "scoresTable");
    table.selectRow(1);  // "middling"
    auto more = kThree;
    more.insert(more.begin(), {"worst", 20, -20, 0.1});
    panel.setReport(report(more));
    QCOMPARE(table.currentIndex().siblingAtColumn(0).data().toString(), QString("middling"));
  }

  // As many allocations by this thread, which count what is scored, copied and laid out, among 300 clips as
  // among 30; and no row but its own is told of.
  void a_clip_that_comes_costs_as_much_among_many_as_among_few() {
    const auto cost_among = [&](int count) -> std::uint64_t {
      MeasuresPanel panel(lane_);
      panel.resize(420, 700);
      panel.show();
      auto all = report({{"first", 5, 20, 0.9}});
      for (int i = 1; i < count; ++i) {
        all.clips.push_back(all.clips.front());
        all.clips.back().name = "clip" + std::to_string(i);
      }
      panel.setReport(all);
      QCoreApplication::processEvents();
      const auto& model = *child<QTableView>(panel, "scoresTable").model();
      QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
      QSignalSpy rows(&model, &QAbstractItemModel::rowsInserted);
      QSignalSpy plots(&panel.findChild<VoiceChart*>()->plot(), &QCustomPlot::afterReplot);
      auto come = report({{"new", 9, -3, 0.5}});
      all.clips.push_back(come.clips.front());
      const auto before = allocations;
      panel.setClip(all, all.clips.back());
      const auto cost = allocations - before;
      QCoreApplication::processEvents();
      [&] {
        QCOMPARE(resets.size(), 0);
        QCOMPARE(rows.size(), 1);
        QCOMPARE(rows[0][1].toInt(), 0);  // the worst
        QCOMPARE(model.rowCount(), count + 1);
        QCOMPARE(plots.size(), 0);  // which nobody sees
        QCOMPARE(child<QTableView>(panel, "scoresTable").currentIndex().siblingAtColumn(0).data().toString(),
                 QString("first"));
      }();
      return cost;
    };
    cost_among(30);  // what is made once
    const auto few = cost_among(30), many = cost_among(300);
    QVERIFY2(few > 0 && many < few + few / 4, qPrintable(QString("%1, %2").arg(few).arg(many)));
  }

  void a_clip_measured_again_takes_the_place_of_its_rows_and_is_judged() {
    MeasuresPanel panel(lane_);
    panel.setReport(report(kThree));
    auto& table = child<QTableView>(panel, "scoresTable");
    table.selectRow(1);  // "middling"
    const auto again = report({{"middling", 20, -20, 0.1}});
    panel.setClip(again, again.clips.front());
    QCOMPARE(column(*table.model(), 0), (QStringList{"middling", "bad", "fine"}));
    QCOMPARE(table.currentIndex().siblingAtColumn(0).data().toString(), QString("middling"));
    QVERIFY(child<QLabel>(panel, "verdict").text().contains("Voice (0.1000"));
    const auto more = report({{"more", 1, 30, 0.99}});
    panel.setClip(more, more.clips.front());
    QTRY_VERIFY2(child<QLabel>(panel, "verdict").text().contains("4 of the 6 clips"),
                 qPrintable(child<QLabel>(panel, "verdict").text()));
    QVERIFY(panel.csv().contains("more,B"));
    // Sorted by a column, it goes where it belongs there.
    table.sortByColumn(3, Qt::DescendingOrder);  // similarity, best first
    const auto last = report({{"between", 3, 20, 0.97}});
    panel.setClip(last, last.clips.front());
    QCOMPARE(column(*table.model(), 0).indexOf("between"), 2);
  }

  void of_many_clips_the_worst_are_plotted_and_all_are_in_the_table() {
    MeasuresPanel panel(lane_);
    panel.resize(420, 700);
    panel.showSection(MeasuresPanel::Section::voice);
    panel.show();
    auto all = report({{"worst", 3, 20, 0.5}});
    for (int i = 0; i < 199; ++i) {
      all.clips.push_back(report({{"clip", 3, 20, 0.9 + i * 1e-4}}).clips.front());
      all.clips.back().name += std::to_string(i);
    }
    const auto worst = all.clips.front();
    all.clips.erase(all.clips.begin());
    panel.setReport(all);
    panel.setClip(all, worst);
    auto& chart = *panel.findChild<VoiceChart*>();
    QTRY_COMPARE(chart.table().rowCount(), 200);
    QCOMPARE(chart.table().item(0, 0)->text(), QString("worst"));
    QVERIFY(chart.plot().yAxis->range().upper < 30);
    QVERIFY2(panel.minimumSizeHint().height() < 900,
             qPrintable(QString::number(panel.minimumSizeHint().height())));
  }

  void it_goes_away_while_it_measures() {
    auto panel = std::make_unique<MeasuresPanel>(lane_);
    auto runs = runs_with_click("clip");
    const std::weak_ptr held = runs.front();
    panel->setRuns(std::exchange(runs, {}));
    panel.reset();
    QTRY_VERIFY(held.expired());  // nothing goes on measuring it
  }
};

QTEST_MAIN(TestMeasuresPanel)
#include "test_measures_panel.moc"
