#include <QAction>
#include <QHeaderView>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QTreeView>

#include "ui/clips/clips_panel.h"
#include "ui/theme/theme.h"

using namespace octet;
using namespace octet::ui;

namespace {

/// Clips whose voices are as near as given; other noise 0.90, bf16 0.98.
Report report(const std::vector<std::pair<std::string, double>>& clips) {
  Report made;
  made.runs = {{"A", "fp32", {}}, {"B", "seed", {}}};
  for (const auto& [name, voice] : clips) {
    const auto scores = [](double cosine) {
      return std::vector<Score>{{"log_spectral_distance", 2.0}, {"speaker_cosine", cosine}};
    };
    made.clips.push_back({name,
                          3,
                          {{"A, other noise", scores(0.90)}, {"bf16 against fp32", scores(0.98)}},
                          {{{}, {}}, {{}, scores(voice)}}});
  }
  return made;
}

QString means_of(const Report& report) {
  ClipMeans means;
  for (const auto& clip : report.clips) means.take(clip.name, scored_runs(report, clip));
  return means.text();
}

}  // namespace

class ClipsPanelTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void a_clip_says_whether_it_was_spoken_what_is_worst_and_what_should_be_heard() {
    apply_appearance(Appearance::light);
    ClipsModel model;
    model.setClips({{"bad", "Hello there.", "en", ClipLine::State::spoken, 1.5},
                    {"fine", {}, {}, ClipLine::State::outdated},
                    {"new", "Adieu.", {}, ClipLine::State::unspoken}});
    model.setReport(report({{"bad", 0.5}, {"fine", 0.99}}));
    const auto said = [&](int row, int column) { return model.index(row, column).data().toString(); };
    QCOMPARE(said(0, ClipsModel::kState), QString("●"));
    QCOMPARE(said(0, ClipsModel::kName), QString("bad"));
    QCOMPARE(said(0, ClipsModel::kWorst), QString("! Voice 0.5000"));
    QCOMPARE(said(0, ClipsModel::kSeconds), QString("1.5 s"));
    QCOMPARE(said(1, ClipsModel::kSeconds), QString());
    QCOMPARE(said(0, ClipsModel::kTags), QString("en"));
    QCOMPARE(said(0, ClipsModel::kText), QString("Hello there."));
    QCOMPARE(model.index(0, ClipsModel::kWorst).data(Qt::ForegroundRole).value<QColor>(), colours().caution);
    QCOMPARE(said(1, ClipsModel::kState), QString("◐"));
    QVERIFY(said(1, ClipsModel::kWorst).startsWith("✓"));
    QCOMPARE(said(2, ClipsModel::kWorst), QString());
    QVERIFY(model.index(2, 0).data(Qt::AccessibleTextRole).toString().contains("not spoken yet"));
  }

  /// Of clips whose worst stand alike, the one that uses most of what it may is named; guesses are not.
  void what_uses_most_of_its_limit_is_the_worst() {
    std::vector<ScoredMeasure> measures(3);
    measures[0] = {&measure_called("snr"), 20, {}, Standing::between, 0, 0.1};
    measures[1] = {&measure_called("speaker_cosine"), 0.97, {}, Standing::between, 0, 0.7};
    measures[2] = {&measure_called("predicted_mos_overall"), 1, {}, Standing::beyond, 0, 3};
    ScoredRun run{"clip", 1, "B", "seed", "A", {}, measures};
    QCOMPARE(worst_measure({run}).text, QString("Voice 0.9700"));
    run.measures[0].standing = Standing::untold;
    QVERIFY(worst_measure({run}).text.startsWith("SNR"));
    QCOMPARE(worst_measure({run}).standing, Standing::untold);
  }

  void what_is_said_is_read_whole_where_a_column_has_no_room() {
    ClipsPanel panel;
    const QString text = "A sentence that is far longer than any column of a narrow list can ever be.";
    panel.setClips({{"a clip with a name of some length", text, "en, lively", ClipLine::State::spoken},
                    {"two", {}, {}, {}}},
                   0);
    auto& list = *panel.findChild<QTreeView*>("clips");
    auto& said = *panel.findChild<QLabel*>("clipSaid");
    panel.resize(900, 300);
    panel.show();
    QVERIFY(QTest::qWaitForWindowExposed(&panel));
    QVERIFY(!list.isColumnHidden(ClipsModel::kText));
    QVERIFY2(said.text().contains(text) && said.text().contains("lively"), qPrintable(said.text()));
    panel.resize(160, 300);
    QTRY_VERIFY(list.isColumnHidden(ClipsModel::kText));
    QVERIFY(said.isVisible() && said.text().contains(text));
    panel.setCurrent(1);
    QVERIFY2(said.text().startsWith("two") && !said.text().contains(text), qPrintable(said.text()));
  }

  void a_row_chooses_its_clip_and_what_is_shown_chooses_nothing() {
    ClipsPanel panel;
    panel.resize(420, 400);
    QSignalSpy chosen(&panel, &ClipsPanel::clipChosen);
    panel.setClips({{"one", {}, {}, {}}, {"two", {}, {}, {}}}, 0);
    panel.setReport(report({{"one", 0.95}}));
    panel.setClips({{"one", {}, {}, {}}, {"two", {}, {}, {}}}, 0);
    QVERIFY(chosen.isEmpty());
    panel.show();
    QVERIFY(QTest::qWaitForWindowActive(&panel));
    auto& list = *panel.findChild<QTreeView*>("clips");
    QTest::mouseClick(list.viewport(), Qt::LeftButton, {},
                      list.visualRect(list.model()->index(1, 0)).center());
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen[0][0].toInt(), 1);
    list.setFocus();
    QTest::keyClick(&list, Qt::Key_Up);
    QCOMPARE(chosen.size(), 2);
    QCOMPARE(chosen[1][0].toInt(), 0);
    QSignalSpy all(&panel, &ClipsPanel::allRequested), saved(&panel, &ClipsPanel::reportRequested);
    panel.findChild<QPushButton*>("synthesizeAll")->click();
    panel.findChild<QPushButton*>("saveReport")->click();
    QCOMPARE(all.size(), 1);
    QCOMPARE(saved.size(), 1);
  }

  void heads_sort_and_the_clip_that_is_shown_stays_so() {
    ClipsPanel panel;
    panel.resize(700, 400);
    using State = ClipLine::State;
    panel.setClips({{"b", {}, "es", State::spoken, 3},
                    {"c", {}, "fr", State::unspoken, 1},
                    {"a", {}, "en", State::outdated, 2}},
                   2);
    panel.setReport(report({{"b", 0.99}, {"a", 0.5}}));
    panel.show();
    QVERIFY(QTest::qWaitForWindowActive(&panel));
    auto& list = *panel.findChild<QTreeView*>("clips");
    const auto& model = *list.model();
    const auto names = [&] {
      QStringList all;
      for (int row = 0; row < model.rowCount(); ++row)
        all << model.index(row, ClipsModel::kName).data().toString();
      return all.join(' ');
    };
    const auto shown = [&] {
      return list.currentIndex().siblingAtColumn(ClipsModel::kName).data().toString();
    };
    const auto click = [&](int column) {
      const auto& head = *list.header();
      const QPoint at(head.sectionViewportPosition(column) + head.sectionSize(column) / 2, head.height() / 2);
      QTest::mouseClick(head.viewport(), Qt::LeftButton, {}, at);
    };
    QSignalSpy chosen(&panel, &ClipsPanel::clipChosen);
    QCOMPARE(names(), QString("b c a"));
    click(ClipsModel::kWorst);  // worst first, what was not measured last
    QCOMPARE(names(), QString("a b c"));
    click(ClipsModel::kSeconds);
    QCOMPARE(names(), QString("c a b"));
    click(ClipsModel::kSeconds);
    QCOMPARE(names(), QString("b a c"));
    click(ClipsModel::kSeconds);
    QCOMPARE(names(), QString("b c a"));
    click(ClipsModel::kState);
    QCOMPARE(names(), QString("c a b"));
    QCOMPARE(list.currentIndex().row(), 1);  // still a
    QCOMPARE(list.selectionModel()->selectedRows().size(), 1);
    QCOMPARE(chosen.size(), 0);
    // Rows are chosen where they stand now, and what comes in goes where it belongs.
    list.setFocus();
    QTest::keyClick(&list, Qt::Key_Up);
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen[0][0].toInt(), 1);
    panel.setClip(1, {"c", {}, "fr", State::spoken, 1});
    QVERIFY(names().startsWith("a"));
    QCOMPARE(shown(), QString("c"));
    panel.setCurrent(0);
    QCOMPARE(shown(), QString("b"));
    QCOMPARE(chosen.size(), 1);
    // All anew, as after an edit of a plan.
    panel.setClips({{"b", {}, {}, State::spoken}, {"c", {}, {}, State::spoken}, {"a", {}, {}, State::spoken}},
                   2);
    QCOMPARE(shown(), QString("a"));
    // By keys: the context menu has it, too.
    const auto menu = list.actions();
    QCOMPARE(list.contextMenuPolicy(), Qt::ActionsContextMenu);
    menu[ClipsModel::kName]->trigger();
    QCOMPARE(names(), QString("a b c"));
    menu[ClipsModel::kName]->trigger();
    QCOMPARE(names(), QString("c b a"));
    menu.back()->trigger();
    QCOMPARE(names(), QString("b c a"));
  }

  void columns_that_nobody_fills_are_left_out() {
    ClipsPanel panel;
    panel.resize(900, 300);
    panel.setClips({{"one", "Hello.", {}, {}}, {"two", {}, {}, {}, 2.5}}, 0);
    panel.show();
    QVERIFY(QTest::qWaitForWindowExposed(&panel));
    const auto& list = *panel.findChild<QTreeView*>("clips");
    QVERIFY(list.isColumnHidden(ClipsModel::kTags) && !list.isColumnHidden(ClipsModel::kSeconds));
    panel.setClips({{"one", "Hello.", "en", {}}}, 0);
    QVERIFY(!list.isColumnHidden(ClipsModel::kTags) && list.isColumnHidden(ClipsModel::kSeconds));
    // Those that come last have the room that is left.
    panel.setClips({{"one", "Hello.", "en", {}, 2.5}}, 0);
    const auto shown = [&](int column) { return !list.isColumnHidden(column); };
    QVERIFY(shown(ClipsModel::kSeconds) && shown(ClipsModel::kTags) && shown(ClipsModel::kText));
    panel.resize(list.columnViewportPosition(ClipsModel::kText) + 40, 300);
    QTRY_VERIFY(!shown(ClipsModel::kText));
    QVERIFY(shown(ClipsModel::kSeconds) && shown(ClipsModel::kTags));
    panel.resize(list.columnViewportPosition(ClipsModel::kTags) + 20, 300);
    QTRY_VERIFY(!shown(ClipsModel::kTags));
    QVERIFY(shown(ClipsModel::kSeconds));
    // The name gives way to what is worst.
    panel.setClips({{QString(40, 'e'), "Hello.", "en", {}, 2.5}}, 0);
    panel.setReport(report({{std::string(40, 'e'), 0.5}}));
    QVERIFY(list.columnViewportPosition(ClipsModel::kWorst) + list.columnWidth(ClipsModel::kWorst) <=
            list.viewport()->width());
    panel.resize(900, 300);
    QTRY_VERIFY(shown(ClipsModel::kText));
    QVERIFY(shown(ClipsModel::kSeconds) && shown(ClipsModel::kTags));
  }

  // Of two hundred clips, one row is told of, and none is laid out anew.
  void a_clip_that_comes_changes_its_row_alone() {
    ClipsPanel panel;
    std::vector<ClipLine> lines;
    std::vector<std::pair<std::string, double>> voices;
    for (int i = 0; i < 200; ++i) {
      lines.push_back({QString::number(i), {}, {}, ClipLine::State::unspoken});
      if (i != 70) voices.emplace_back(std::to_string(i), 0.99);
    }
    panel.setClips(lines, 3);
    panel.setReport(report(voices));
    auto& list = *panel.findChild<QTreeView*>("clips");
    const auto& model = *list.model();
    QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
    QSignalSpy changes(&model, &QAbstractItemModel::dataChanged), chosen(&panel, &ClipsPanel::clipChosen);
    lines[70].state = ClipLine::State::spoken;
    panel.setClip(70, lines[70]);
    panel.setClip(70, lines[70]);  // the same again is no change
    voices.emplace_back("70", 0.5);
    const auto more = report(voices);
    panel.setMeasured(more, more.clips.back());
    QCOMPARE(resets.size(), 0);
    QCOMPARE(changes.size(), 2);
    for (const auto& change : changes) {
      QCOMPARE(change[0].toModelIndex().row(), 70);
      QCOMPARE(change[1].toModelIndex().row(), 70);
    }
    QCOMPARE(model.index(70, ClipsModel::kState).data().toString(), QString("●"));
    QCOMPARE(model.index(70, ClipsModel::kWorst).data().toString(), QString("! Voice 0.5000"));
    QCOMPARE(list.currentIndex().row(), 3);
    QCOMPARE(chosen.size(), 0);
    QVERIFY2(panel.findChild<QLabel*>("clipMeans")->text().startsWith("B, mean of 200 clips: Voice 0.9876"),
             qPrintable(panel.findChild<QLabel*>("clipMeans")->text()));
    // Measured again, it counts once.
    panel.setMeasured(report({{"70", 0.99}}), report({{"70", 0.99}}).clips.front());
    QVERIFY(panel.findChild<QLabel*>("clipMeans")->text().startsWith("B, mean of 200 clips: Voice 0.9900"));
  }

  // Student's t of two values: 12.706 times the standard error.
  void means_have_their_intervals() {
    QCOMPARE(means_of({}), QString());
    QCOMPARE(means_of(report({{"one", 0.5}})), QString("B, mean of 1 clips: Voice 0.5000;  LSD, dB 2.00"));
    QCOMPARE(means_of(report({{"one", 0.98}, {"two", 0.99}})),
             QString("B, mean of 2 clips: Voice 0.9850;  LSD, dB 2.00"));
    QCOMPARE(means_of(report({{"one", 0.98}, {"two", 0.99}, {"three", 0.985}})),
             QString("B, mean of 3 clips: Voice 0.9850 ± 0.0124;  LSD, dB 2.00 ± 0.00"));
  }
};

QTEST_MAIN(ClipsPanelTest)
#include "test_clips_panel.moc"
