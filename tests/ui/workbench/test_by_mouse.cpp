// From a cold start to a verified export by the mouse alone.

#include <QAbstractButton>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QStandardPaths>
#include <QTest>
#include <QToolBar>
#include <QToolButton>
#include <QTreeView>
#include <QTreeWidget>

#include "tests/ui/model_tree/find_path.h"
#include "tests/ui/wheel.h"
#include "tests/ui/workbench/started.h"
#include "ui/jobs/jobs_model.h"
#include "ui/listen/listen_panel.h"
#include "ui/listen/waveform_view.h"
#include "ui/model_tree/layer_filter.h"
#include "ui/model_tree/layer_tree_model.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/risks/risks_dialog.h"
#include "ui/validation/validate_dialog.h"

using namespace octet;
using namespace octet::ui;

namespace {

constexpr auto kLayer = "mel2wav.ups.0";

void click(QWidget& widget) { QTest::mouseClick(&widget, Qt::LeftButton, {}, widget.rect().center()); }

QMenu& open_menu() {
  auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
  if (!menu) qFatal("no menu is open");
  return *menu;
}

/// In a menu of the menu bar.
void choose(MainWindow& window, const char* name) {
  auto* action = window.findChild<QAction*>(name);
  auto* menu = qobject_cast<QMenu*>(action->associatedObjects().first());
  QTest::mouseClick(window.menuBar(), Qt::LeftButton, {},
                    window.menuBar()->actionGeometry(menu->menuAction()).center());
  QTest::mouseClick(&open_menu(), Qt::LeftButton, {}, open_menu().actionGeometry(action).center());
}

void click(QTreeWidget& list, int row) {
  QTest::mouseClick(list.viewport(), Qt::LeftButton, {},
                    list.visualItemRect(list.topLevelItem(row)).center());
}

/// By the button in the middle of the empty window, pressed twice.
void speak_the_demo(test::Started& started) {
  auto& next = *started.window.findChild<QPushButton*>("acceptInvitation");
  click(next);
  TRY(started.workbench().checkpoint() != nullptr);
  started.hurry();
  click(next);
  TRY(!started.workbench().synthesizing() && started.workbench().runs().size() == 2);
}

}  // namespace

class ByMouseTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName("octet-test");
  }

  void from_a_cold_start_to_a_verified_export() {
    test::Started started;
    auto& window = started.window;
    speak_the_demo(started);

    // Choose B by its lane, play, go to another place.
    auto& player = window.listen().player();
    auto& waveform = *window.findChild<WaveformView*>();
    const QPoint in_b(waveform.width() / 2, waveform.lane(1).center().y());
    QTest::mouseClick(&waveform, Qt::LeftButton, {}, in_b);
    QCOMPARE(player.active(), 1);
    QVERIFY(player.position() > 0.4 * player.duration());
    click(*window.findChild<QToolButton*>("playButton"));
    QVERIFY(player.playing());
    click(*window.findChild<QToolButton*>("playButton"));

    // Change the precision of a layer where it is shown.
    auto& tree = window.modelTree();
    for (const auto* path : {"mel2wav", "mel2wav.ups"}) {
      const auto row = test::find_path(tree.filter(), path);
      if (!tree.view().isExpanded(row))
        QTest::mouseDClick(tree.view().viewport(), Qt::LeftButton, {}, tree.view().visualRect(row).center());
    }
    const auto row = test::find_path(tree.filter(), kLayer);
    tree.view().scrollTo(row);
    QVERIFY(started.precision(kLayer) == Precision::int8);
    const auto cell = row.siblingAtColumn(test::column("precision"));
    QTest::mouseClick(tree.view().viewport(), Qt::LeftButton, {}, tree.view().visualRect(cell).center());
    auto& menu = open_menu();
    QTest::mouseClick(&menu, Qt::LeftButton, {},
                      menu.actionGeometry(menu.findChild<QAction*>("fp32")).center());
    QVERIFY(started.precision(kLayer) == Precision::fp32);

    click(*window.findChild<QPushButton*>("synthesize"));
    TRY(!started.workbench().synthesizing());
    QVERIFY(!started.workbench().stale(*started.workbench().runs()[1]));

    auto* tools = window.findChild<QToolBar*>("tools");
    for (auto* action : tools->actions())
      if (action->shortcut() == QKeySequence("Ctrl+E")) click(*tools->widgetForAction(action));
    auto& dialog = started.dialog();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    click(*dialog.findChild<QPushButton*>("startExport"));
    TRY(dialog.state() == ExportDialog::State::verified);
    QVERIFY(dialog.verification().passed());
    click(*dialog.findChild<QPushButton*>("closeExport"));
    QVERIFY(!dialog.isVisible());
  }

  void a_risk_is_looked_at_and_led_to_its_layers_and_moments() {
    test::Started started;
    auto& window = started.window;
    speak_the_demo(started);

    choose(window, "risks");
    auto& dialog = *window.findChild<RisksDialog*>();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    auto& risk = *dialog.findChild<QComboBox*>("risk");
    test::turn_wheel(risk, risk.rect().center(), -1);
    QCOMPARE(risk.currentIndex(), static_cast<int>(RiskKind::istft));
    auto& measure = *dialog.findChild<QPushButton*>("measureRisk");
    click(measure);
    TRY(dialog.findChild<QPushButton*>("saveRisk")->isEnabled());

    auto& blamed = *dialog.findChild<QTreeWidget*>("riskBlamed");
    QCOMPARE(blamed.topLevelItemCount(), 5);
    click(blamed, 1);
    const auto chosen = [&] {
      return window.modelTree().view().currentIndex().data(LayerTreeModel::kPathRole);
    };
    QVERIFY(chosen().toString().startsWith("mel2wav."));
    QCOMPARE(chosen().toString(), blamed.topLevelItem(1)->text(1));
    click(*dialog.findChild<QTreeWidget*>("riskMoments"), 0);
    const auto seconds = dialog.findChild<QTreeWidget*>("riskMoments")->topLevelItem(0)->text(1).toDouble();
    // A little before it, to hear it come; the list tells hundredths.
    QVERIFY(std::abs(window.listen().player().position() - std::max(0.0, seconds - 0.3)) < 0.006);
    QCOMPARE(window.listen().player().active(), 1);

    // Another, given up before it is done: what was found stays.
    test::turn_wheel(risk, risk.rect().center(), 1);
    click(measure);
    QCOMPARE(measure.text(), "&Cancel");
    click(measure);
    TRY(measure.text() == "&Measure");
    QCOMPARE(blamed.topLevelItemCount(), 5);
    click(*dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Close));
    QVERIFY(!dialog.isVisible());
  }

  void plans_are_judged_until_that_is_cancelled() {
    test::Started started;
    auto& window = started.window;
    click(*window.findChild<QPushButton*>("acceptInvitation"));
    TRY(started.workbench().checkpoint() != nullptr);
    started.hurry();
    choose(window, "validate");
    auto& dialog = *window.findChild<ValidateDialog*>();
    QVERIFY(QTest::qWaitForWindowActive(&dialog));
    auto* start = dialog.findChild<QPushButton*>("startValidation");
    TRY(dialog.findChild<QTreeWidget*>("setClips")->topLevelItemCount() > 0);
    click(*start);
    QVERIFY(!dialog.isVisible());
    auto& lane = started.workbench().lanes().device;
    QCOMPARE(lane.pending(), 1);
    click(*window.findChild<QToolButton*>("showJobs"));
    auto& jobs = *window.findChild<QTreeView*>("jobs");
    const auto begun = [&] {  // what ended stays in the list
      const auto open = jobs.model()->match(jobs.model()->index(0, 0), JobsModel::kOpenRole, true);
      return open.isEmpty() || open[0].data(JobsModel::kTotalRole).toInt() == 0 ? QModelIndex() : open[0];
    };
    TRY(begun().isValid());
    const auto cell = jobs.visualRect(begun().siblingAtColumn(JobsModel::kCancel));
    QTest::mouseClick(jobs.viewport(), Qt::LeftButton, {}, cell.center());
    TRY(lane.pending() == 0);
    // No half of a report.
    QVERIFY(QDir(QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation))
                .entryList({"*.html"})
                .isEmpty());
  }
};

QTEST_MAIN(ByMouseTest)
#include "test_by_mouse.moc"
