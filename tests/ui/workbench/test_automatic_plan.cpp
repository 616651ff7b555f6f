// From a sensitivity study to an automatic plan in a slot and back, by the mouse alone and by the keys alone.

#include <QListWidget>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QStandardPaths>
#include <QTest>
#include <QToolBar>

#include "tests/ui/model_tree/find_path.h"
#include "tests/ui/workbench/started.h"
#include "ui/model_tree/layer_tree_model.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/study/front_chart.h"
#include "ui/study/front_dialog.h"
#include "ui/study/sensitivity_dialog.h"
#include "ui/workbench/message_bar.h"

using namespace octet;
using namespace octet::ui;

namespace {

constexpr auto kLayer = "mel2wav.conv_pre";

void click(QWidget& widget, QPoint where) { QTest::mouseClick(&widget, Qt::LeftButton, {}, where); }
void click(QWidget& widget) { click(widget, widget.rect().center()); }

void press(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
  QTest::keyClick(QGuiApplication::focusWindow(), key, modifiers);
}

/// An entry of the menu Plan, found by what stands in it.
void click_in_plan_menu(MainWindow& window, const QString& text) {
  auto& bar = *window.menuBar();
  for (auto* menu : bar.actions()) {
    if (menu->text() != "&Plan") continue;
    click(bar, bar.actionGeometry(menu).center());
    for (auto* action : menu->menu()->actions())
      if (action->text().remove('&').startsWith(text))
        return click(*menu->menu(), menu->menu()->actionGeometry(action).center());
  }
  qFatal("the menu has no such entry");
}

/// Of the automatic plans.
int smallest(const FrontChart& chart) {
  const auto found = std::ranges::find(chart.points(), FrontPoint::Kind::automatic, &FrontPoint::kind);
  return static_cast<int>(found - chart.points().begin());
}

/// The demo voice is open, B is all in fp32, and the tree shows two layers.
struct Begun : test::Started {
  Begun() {
    workbench().openDemo();
    if (!QTest::qWaitFor([&] { return workbench().checkpoint() != nullptr; }, test::kPatience))
      qFatal("the demo voice does not open");
    hurry();
    workbench().editor()->setPlan(preset("all-base", Precision::fp32, false), "fp32");
    window.modelTree().findChild<QLineEdit*>("layerSearch")->setText("mel2wav.conv_p");
  }
  template <typename Dialog>
  Dialog& shown() {
    auto* dialog = window.findChild<Dialog*>();
    if (!dialog || !QTest::qWaitForWindowActive(dialog)) qFatal("no dialog is shown");
    return *dialog;
  }
  bool isInt8() { return precision(kLayer) == Precision::int8; }
  float damage() {
    const auto& table = workbench().checkpoint()->layers();
    const auto found = std::ranges::find(table, kLayer, &Layer::name);
    auto& model = window.modelTree().model();
    return model.indexOfLayer(static_cast<int>(found - table.begin()))
        .siblingAtColumn(test::column("damage"))
        .data(LayerTreeModel::kValueRole)
        .toFloat();
  }
};

}  // namespace

class AutomaticPlanTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName("octet-test");
  }

  void by_the_mouse_alone() {
    Begun begun;
    click_in_plan_menu(begun.window, "Study sensitivity");
    auto& study = begun.shown<SensitivityDialog>();
    auto& clips = *study.findChild<QListWidget*>("studyClips");
    for (int row : {1, 2}) {
      const auto place = clips.visualItemRect(clips.item(row));
      click(*clips.viewport(), QPoint(place.left() + place.height() / 2, place.center().y()));
      QVERIFY(clips.item(row)->checkState() == Qt::Unchecked);
    }
    click(*study.findChild<QPushButton*>("startStudy"));
    TRY(begun.workbench().study().has_value());
    QCOMPARE(begun.workbench().study()->study->layers.size(), std::size_t{2});
    QVERIFY(begun.damage() > 0);

    click_in_plan_menu(begun.window, "Automatic plans");
    auto& front = begun.shown<FrontDialog>();
    auto& chart = *front.findChild<FrontChart*>();
    TRY(!chart.points().empty() && begun.workbench().lanes().analysis.pending() == 0);
    QVERIFY(!begun.isInt8());
    click(chart.plot(), chart.place(smallest(chart)).value().toPoint());
    QVERIFY(begun.isInt8());
    begun.window.modelTree().revealLayer(kLayer);
    const auto why = begun.window.modelTree().findChild<QLabel*>("layerDetail")->text();
    QVERIFY2(why.contains("from the least"), qPrintable(why));
    auto* tools = begun.window.findChild<QToolBar*>("tools");
    click(*tools->widgetForAction(begun.window.findChild<QAction*>("undo")));
    QVERIFY(!begun.isInt8());
  }

  void by_the_keys_alone() {
    Begun begun;
    press(Qt::Key_P, Qt::AltModifier);
    press(Qt::Key_U);
    auto& study = begun.shown<SensitivityDialog>();
    QVERIFY(QApplication::focusWidget() == study.findChild<QListWidget*>("studyClips"));
    for (int row : {1, 2}) {
      press(Qt::Key_Down);
      press(Qt::Key_Space);
      QVERIFY(study.findChild<QListWidget*>("studyClips")->item(row)->checkState() == Qt::Unchecked);
    }
    press(Qt::Key_Return);
    TRY(begun.workbench().study().has_value());

    press(Qt::Key_P, Qt::AltModifier);
    press(Qt::Key_T);
    auto& front = begun.shown<FrontDialog>();
    auto& chart = *front.findChild<FrontChart*>();
    TRY(!chart.points().empty() && begun.workbench().lanes().analysis.pending() == 0);
    press(Qt::Key_Home, Qt::ControlModifier);
    for (int row = smallest(chart); row > 0; --row) press(Qt::Key_Down);
    QCOMPARE(chart.chosen(), smallest(chart));
    press(Qt::Key_Return);
    QVERIFY(begun.isInt8());
    press(Qt::Key_Z, Qt::ControlModifier);
    QVERIFY(!begun.isInt8());
    press(Qt::Key_Escape);
    QVERIFY(!begun.window.findChild<FrontDialog*>() || !front.isVisible());
  }

  void without_a_study_it_is_said_where_one_comes_from() {
    Begun begun;
    begun.window.showFront();
    QVERIFY(!begun.window.findChild<FrontDialog*>());
    QVERIFY(begun.window.messages().isVisible());
  }
};

QTEST_MAIN(AutomaticPlanTest)
#include "test_automatic_plan.moc"
