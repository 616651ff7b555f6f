// From a cold start to a verified export by the mouse alone.

#include <QAbstractButton>
#include <QMenu>
#include <QPushButton>
#include <QStandardPaths>
#include <QTest>
#include <QToolBar>
#include <QToolButton>
#include <QTreeView>

#include "tests/ui/model_tree/find_path.h"
#include "tests/ui/workbench/started.h"
#include "ui/listen/listen_panel.h"
#include "ui/listen/waveform_view.h"
#include "ui/model_tree/layer_filter.h"
#include "ui/model_tree/layer_tree_model.h"
#include "ui/model_tree/model_tree_panel.h"

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
    auto& next = *window.findChild<QPushButton*>("acceptInvitation");
    click(next);
    TRY(started.workbench().checkpoint() != nullptr);
    started.hurry();
    click(next);
    TRY(!started.workbench().synthesizing() && started.workbench().runs().size() == 2);

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
    const auto cell = row.siblingAtColumn(LayerTreeModel::kPrecision);
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
};

QTEST_MAIN(ByMouseTest)
#include "test_by_mouse.moc"
