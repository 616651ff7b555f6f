// Plans and plots of the window: how they are written, opened, removed and brought back.

#include <QAction>
#include <QDialog>
#include <QFile>
#include <QFileInfo>
#include <QMenu>
#include <QPushButton>
#include <QStandardPaths>
#include <QTemporaryDir>

#include "tests/ui/jobs/held_lane.h"
#include "tests/ui/workbench/demo_window.h"
#include "ui/listen/listen_panel.h"
#include "ui/measures/measures_panel.h"
#include "ui/plots/chart_file.h"
#include "ui/spectrogram/spectrogram_panel.h"
#include "ui/workbench/message_bar.h"

using namespace octet;
using namespace octet::ui;
using octet::test::window_of_the_demo;

class WindowFilesTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);  // settings of nobody
    QCoreApplication::setOrganizationName("octet-test");
  }

  // A disk that sleeps: the window does not wait for it, but leaving does.
  void plans_come_and_go_on_lanes() {
    const auto window = window_of_the_demo();
    auto& workbench = window->workbench();
    QTemporaryDir folder;
    const auto path = folder.filePath("mine.plan.json");
    const auto plan = workbench.editor()->plan();
    test::HeldLane disk(workbench.lanes().writing);
    window->savePlan(path);
    QVERIFY(!QFileInfo::exists(path));
    disk.let_go();
    workbench.lanes().writing.finish();
    QVERIFY(QFileInfo::exists(path));

    workbench.editor()->choose({"mel2wav.ups.0"}, {.precision = Precision::fp32});
    test::HeldLane reading(workbench.lanes().analysis);
    window->openPlan(path);
    workbench.setCurrentSlot(0);  // it is for the one that was shown
    reading.let_go();
    TRY(workbench.lanes().analysis.pending() == 0);
    QVERIFY(workbench.planSlots()[1].editor->plan() == plan);
    QVERIFY(!(workbench.planSlots()[0].editor->plan() == plan));

    test::HeldLane again(workbench.lanes().writing);
    window->savePlan(folder.filePath("last.plan.json"));
    again.let_go();
    window->document().close();
    QVERIFY(QFileInfo::exists(folder.filePath("last.plan.json")));
  }

  // Whatever else still works: closing does not wait for that.
  void what_is_being_written_is_complete_when_the_window_is_closed() {
    const auto window = window_of_the_demo();
    auto& lanes = window->workbench().lanes();
    const auto run = std::make_shared<Run>();
    run->name = "A";
    run->synthesis.waveform.assign(kSampleRate, 0.25F);
    window->listen().setRuns({run});
    window->spectrogram().setRuns({run});
    TRY(lanes.analysis.pending() == 0);
    QTemporaryDir folder;
    test::HeldLane busy(lanes.analysis), disk(lanes.writing);
    window->saveSound(folder.filePath("a.wav"));
    window->saveSound(folder.filePath("a.flac"));
    window->spectrogram().exportLevels(0, folder.filePath("a.csv"));
    window->spectrogram().exportPicture(folder.filePath("a.png"));
    disk.let_go();
    QVERIFY(window->close());
    for (const auto& [name, begins] :
         {std::pair("a.wav", "RIFF"), {"a.flac", "fLaC"}, {"a.csv", "time (s)"}, {"a.png", "\x89PNG"}}) {
      QFile file(folder.filePath(name));
      QVERIFY2(file.open(QIODevice::ReadOnly) && file.readAll().startsWith(begins), name);
    }
    busy.let_go();
  }

  void a_file_that_cannot_be_written_is_told_before_the_window_closes() {
    const auto window = window_of_the_demo();
    QTemporaryDir folder;
    window->savePlan(folder.filePath("missing/mine.plan.json"));
    QVERIFY(!window->close());
    QVERIFY2(window->messages().message().contains("missing"), qPrintable(window->messages().message()));
    QVERIFY(window->close());
  }

  void what_a_plot_of_any_panel_or_dialog_asks_for_is_written() {
    const auto window = window_of_the_demo();
    QTemporaryDir folder;
    QDialog dialog(window.get());
    auto* panel = new QWidget(&dialog);
    for (const auto& [name, asks] :
         {std::pair<QString, QObject*>{"panel.csv", window->findChild<MeasuresPanel*>()},
          {"dialog.csv", panel}}) {
      const auto path = folder.filePath(name);
      QVERIFY(ask_to_write(*asks, path, [] { return QByteArray("Band,dB\r\n"); }));
      QFile file(path);
      TRY(file.exists() && window->workbench().lanes().writing.pending() == 0);
      QVERIFY(file.open(QIODevice::ReadOnly));
      QCOMPARE(file.readAll(), QByteArray("Band,dB\r\n"));
    }
  }

  void a_plan_that_was_removed_can_be_brought_back() {
    const auto window = window_of_the_demo();
    auto& workbench = window->workbench();
    auto* remove = window->findChild<QAction*>("removePlan");
    auto* menu = window->findChild<QPushButton*>("plan")->menu();
    Q_EMIT menu->aboutToShow();
    QVERIFY(!remove->isEnabled());  // two are what is compared
    workbench.addSlot();
    workbench.editor()->choose({"mel2wav.conv_pre"}, {Precision::fp32});
    const auto plan = workbench.editor()->plan();
    Q_EMIT menu->aboutToShow();
    QVERIFY(remove->isEnabled());
    remove->trigger();
    QCOMPARE(workbench.planSlots().size(), std::size_t(2));
    QVERIFY2(window->messages().message().contains("Plan C"), qPrintable(window->messages().message()));
    window->findChild<QPushButton*>("messageAction")->click();
    QCOMPARE(workbench.planSlots().size(), std::size_t(3));
    QVERIFY(workbench.editor()->plan() == plan);
  }
};

QTEST_MAIN(WindowFilesTest)
#include "test_window_files.moc"
