// A blind test of what the window has: what is heard in it, what is kept, and what is said beside other
// verdicts.

#include <QAction>
#include <QFile>
#include <QLabel>
#include <QTest>
#include <nlohmann/json.hpp>

#include "tests/ui/jobs/held_lane.h"
#include "tests/ui/workbench/started.h"
#include "ui/blind_test/blind_test_dialog.h"
#include "ui/listen/listen_panel.h"
#include "ui/model_tree/model_tree_panel.h"

using namespace octet;
using namespace octet::ui;

namespace {

/// As if it had been answered; 5 of 5 are right.
BlindTest answered(const BlindTestDialog& dialog) {
  auto test = dialog.test();
  test.trials = 5;
  test.answers = hidden_sounds(test.seed, test.trials);
  return test;
}

QString text(const QWidget& in, const char* name) { return in.findChild<QLabel*>(name)->text(); }

void measured(test::Started& started) {
  started.workbench().synthesize();
  TRY(!started.workbench().synthesizing() && started.workbench().lanes().analysis.pending() == 0 &&
      started.workbench().lanes().looks.pending() == 0);
}

}  // namespace

class BlindTestInTheWindow : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName("octet-test");
  }

  void a_test_is_kept_with_the_runs_it_is_of() {
    test::Started started;
    auto& window = started.window;
    started.workbench().openDemo();
    TRY(started.workbench().checkpoint() != nullptr);
    started.hurry();
    auto* ask = window.findChild<QAction*>("blindTest");
    ask->trigger();
    QVERIFY(!window.findChild<BlindTestDialog*>());  // there is nothing to tell apart yet
    measured(started);

    auto& player = window.listen().player();
    player.setVolume(0.5);
    player.play();
    ask->trigger();
    auto* dialog = window.findChild<BlindTestDialog*>();
    QVERIFY(dialog && dialog->isVisible());
    QVERIFY(!player.playing());
    QCOMPARE(dialog->player().volume(), 0.5);
    QVERIFY(dialog->test().a.plan == "fp32");
    QVERIFY(dialog->test().b.plan == "seed");
    const auto test = answered(*dialog);
    Q_EMIT dialog->ended(test);
    const auto cited = QStringLiteral("Blind test: 5 of 5 right, as guesses are with p = 0.031");  // 1/32
    QVERIFY2(text(window, "verdict").contains(cited), qPrintable(text(window, "verdict")));

    const auto path = started.home.filePath("blind.json");
    dialog->save(path);
    QTRY_VERIFY(text(*dialog, "blindSaved").startsWith("Saved: "));
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const auto json = nlohmann::json::parse(file.readAll().toStdString());
    QVERIFY(json.at("checkpoint_sha256") == started.workbench().checkpoint()->source_sha256());
    QVERIFY(json.at("b").at("recipes") == dialog->test().b.recipes);
    dialog->save(QString::fromStdString(started.workbench().checkpoint()->path().string()));
    QTRY_VERIFY2(!text(*dialog, "blindSaved").startsWith("Saved: "), qPrintable(text(*dialog, "blindSaved")));
    const auto late = started.home.filePath("late.json");
    {
      test::HeldLane disk(started.workbench().lanes().writing);
      dialog->save(late);
      delete dialog;
      disk.let_go();
      TRY(started.workbench().lanes().writing.pending() == 0);
    }
    QVERIFY(QFile::exists(late));

    // Of another B nobody has heard anything yet; the former is what it was.
    window.modelTree().revealLayer("mel2wav.ups.0");
    window.modelTree().choose(Precision::fp32);
    measured(started);
    QVERIFY2(!text(window, "verdict").contains("Blind test"), qPrintable(text(window, "verdict")));
    started.workbench().undoGroup().undo();
    measured(started);
    QVERIFY2(text(window, "verdict").contains(cited), qPrintable(text(window, "verdict")));
    started.workbench().setCurrentSlot(0);  // nor of B beside another A
    window.modelTree().revealLayer("mel2wav.ups.0");
    window.modelTree().choose(Precision::bf16);
    measured(started);
    QVERIFY2(!text(window, "verdict").contains("Blind test"), qPrintable(text(window, "verdict")));
  }

  void a_test_is_part_of_the_session() {
    test::Started started;
    auto& window = started.window;
    started.workbench().openDemo();
    TRY(started.workbench().checkpoint() != nullptr);
    started.hurry();
    measured(started);
    const auto session = started.home.filePath("heard.octet");
    QVERIFY(window.document().save(session));
    TRY(!window.document().modified());
    auto* dialog = window.testBlind();
    const auto test = answered(*dialog);
    Q_EMIT dialog->ended(test);
    delete dialog;
    QVERIFY(window.isWindowModified());
    QVERIFY(window.document().save(session));
    TRY(!window.document().modified());

    started.workbench().openDemo();
    TRY(started.workbench().blindTests().empty());
    window.document().openSession(session);
    TRY(!started.workbench().blindTests().empty());
    QVERIFY(started.workbench().blindTests() == std::vector{test});
    measured(started);
    QVERIFY2(text(window, "verdict").contains("Blind test: 5 of 5"), qPrintable(text(window, "verdict")));
  }

  void an_export_says_what_is_known_of_its_sound() {
    test::Started started;
    auto& window = started.window;
    started.workbench().openDemo();
    TRY(started.workbench().checkpoint() != nullptr);
    started.hurry();
    auto* dialog = window.exportPlan();
    QVERIFY2(text(*dialog, "exportSound").contains("not judged yet"),
             qPrintable(text(*dialog, "exportSound")));
    delete dialog;
    measured(started);
    dialog = window.exportPlan();
    QVERIFY2(text(*dialog, "exportSound").contains("B: no verdict yet. 1 of the 6 clips"),
             qPrintable(text(*dialog, "exportSound")));
    delete dialog;
    window.modelTree().revealLayer("mel2wav.ups.0");
    window.modelTree().choose(Precision::fp32);
    dialog = window.exportPlan();
    QVERIFY2(text(*dialog, "exportSound").contains("since the last change"),
             qPrintable(text(*dialog, "exportSound")));
    delete dialog;
  }
};

QTEST_MAIN(BlindTestInTheWindow)
#include "test_in_the_window.moc"
