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

}  // namespace

class ClipsPanelTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void a_clip_says_whether_it_was_spoken_what_is_worst_and_what_should_be_heard() {
    apply_appearance(Appearance::light);
    ClipsModel model;
    model.setClips({{"bad", "Hello there.", "en", ClipLine::State::spoken},
                    {"fine", {}, {}, ClipLine::State::outdated},
                    {"new", "Adieu.", {}, ClipLine::State::unspoken}});
    model.setReport(report({{"bad", 0.5}, {"fine", 0.99}}));
    const auto said = [&](int row, int column) { return model.index(row, column).data().toString(); };
    QCOMPARE(said(0, ClipsModel::kName), QString("●  bad"));
    QCOMPARE(said(0, ClipsModel::kWorst), QString("! Voice 0.5000"));
    QCOMPARE(said(0, ClipsModel::kText), QString("Hello there."));
    QCOMPARE(model.index(0, ClipsModel::kWorst).data(Qt::ForegroundRole).value<QColor>(), colours().caution);
    QCOMPARE(said(1, ClipsModel::kName), QString("◐  fine"));
    QVERIFY(said(1, ClipsModel::kWorst).startsWith("✓"));
    QCOMPARE(said(2, ClipsModel::kWorst), QString());
    QVERIFY(model.index(2, 0).data(Qt::AccessibleTextRole).toString().contains("not spoken yet"));
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

  // Student's t of two values: 12.706 times the standard error.
  void means_have_their_intervals() {
    QCOMPARE(means_text({}), QString());
    QCOMPARE(means_text(report({{"one", 0.5}})), QString("B, mean of 1 clips: Voice 0.5000;  LSD, dB 2.00"));
    QCOMPARE(means_text(report({{"one", 0.98}, {"two", 0.99}})),
             QString("B, mean of 2 clips: Voice 0.9850;  LSD, dB 2.00"));
    QCOMPARE(means_text(report({{"one", 0.98}, {"two", 0.99}, {"three", 0.985}})),
             QString("B, mean of 3 clips: Voice 0.9850 ± 0.0124;  LSD, dB 2.00 ± 0.00"));
  }
};

QTEST_MAIN(ClipsPanelTest)
#include "test_clips_panel.moc"
