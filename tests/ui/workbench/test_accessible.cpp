// What the window tells those who do not see it: of every control its name, value and state, of what is drawn
// what it shows; and in which order the keys come to them.

#include <QAbstractButton>
#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QDialog>
#include <QDockWidget>
#include <QHeaderView>
#include <QStandardPaths>
#include <QTableView>
#include <QTest>
#include <QTreeView>

#include "core/study/layer_pairs.h"
#include "tests/demo_voice.h"
#include "tests/study/pretended_study.h"
#include "tests/ui/workbench/dialogs.h"
#include "tests/ui/workbench/started.h"
#include "ui/blind_test/blind_test_dialog.h"
#include "ui/inspector/layer_inspector.h"
#include "ui/measures/measures_panel.h"
#include "ui/model_tree/method_dialog.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/plotting.h"
#include "ui/risks/risks_dialog.h"
#include "ui/study/front_dialog.h"
#include "ui/study/pairs_dialog.h"
#include "ui/workbench/message_bar.h"

using namespace octet;
using namespace octet::ui;

namespace {

QString told(QWidget& widget, QAccessible::Text text) {
  return QAccessible::queryAccessibleInterface(&widget)->text(text);
}

QString called(const QWidget& widget) {
  return QStringLiteral("%1 %2").arg(widget.metaObject()->className(), widget.objectName());
}

/// Those that the keys come to, in that order.
QList<QWidget*> controls(const QWidget& window) {
  QList<QWidget*> found;
  for (auto* widget = window.nextInFocusChain(); widget != &window; widget = widget->nextInFocusChain())
    if (widget->window() == &window && widget->isVisible() && widget->isEnabled() &&
        (widget->focusPolicy() & Qt::TabFocus) && !widget->focusProxy())
      found << widget;
  return found;
}

/// What is wrong with what is said of a control.
QStringList faults_of(QWidget& control) {
  QStringList faults;
  auto* interface = QAccessible::queryAccessibleInterface(&control);
  const auto role = interface->role();
  if (interface->text(QAccessible::Name).isEmpty()) faults << "no name";
  if (role == QAccessible::NoRole || role == QAccessible::Client) faults << "no role";
  if (role == QAccessible::Slider || role == QAccessible::SpinBox || role == QAccessible::ComboBox) {
    auto value = interface->text(QAccessible::Value);
    if (value.isEmpty() && interface->valueInterface())
      value = interface->valueInterface()->currentValue().toString();
    if (value.isEmpty()) faults << "no value";
  }
  if (role == QAccessible::EditableText && !interface->textInterface()) faults << "no text";
  if (const auto* button = qobject_cast<const QAbstractButton*>(&control)) {
    const auto state = interface->state();
    if (state.checkable != button->isCheckable() || state.checked != button->isChecked())
      faults << "another state";
  }
  if (interface->state().focusable == 0) faults << "no focus";
  return faults;
}

/// Columns of a list without a head, or with rows that say nothing.
QStringList faults_of(const QAbstractItemView& view) {
  constexpr int kRows = 12;
  const auto* model = view.model();
  const auto* tree = qobject_cast<const QTreeView*>(&view);
  const auto* table = qobject_cast<const QTableView*>(&view);
  const auto* head = tree ? tree->header() : table ? table->horizontalHeader() : nullptr;
  QStringList faults;
  for (int column = 0; head && column < model->columnCount(view.rootIndex()); ++column) {
    if (head->isSectionHidden(column)) continue;
    const auto text = model->headerData(column, Qt::Horizontal).toString() +
                      model->headerData(column, Qt::Horizontal, Qt::AccessibleTextRole).toString();
    if (!head->isHidden() && text.isEmpty()) faults << QStringLiteral("column %1 has no head").arg(column);
    const int rows = std::min(kRows, model->rowCount(view.rootIndex()));
    int silent = 0;
    for (int row = 0; row < rows; ++row) {
      const auto cell = model->index(row, column, view.rootIndex());
      silent += cell.data().toString().isEmpty() && cell.data(Qt::AccessibleTextRole).toString().isEmpty() &&
                cell.data(Qt::CheckStateRole).isNull();
    }
    // Of jobs that ended there is no progress, and nothing to cancel.
    if (rows > 0 && silent == rows && view.objectName() != "jobs")
      faults << QStringLiteral("column %1 says nothing").arg(column);
  }
  return faults;
}

/// What is drawn by ourselves, as nothing of it is told otherwise.
bool is_drawn(const QWidget& widget) {
  static const QStringList kDrawn{"bytesBar", "laneHeads", "levelMeter", "waveform"};
  return kDrawn.contains(widget.objectName()) || qobject_cast<const QCustomPlot*>(&widget);
}

void everything_in(const QWidget& window) {
  QStringList silent;
  const auto add = [&](const QWidget& widget, const QStringList& faults) {
    for (const auto& fault : faults) silent << called(widget) + ": " + fault;
  };
  const auto all = controls(window);
  QVERIFY(!all.isEmpty());
  for (auto* control : all) {
    add(*control, faults_of(*control));
    if (const auto* view = qobject_cast<const QAbstractItemView*>(control)) add(*view, faults_of(*view));
  }
  for (auto* widget : window.findChildren<QWidget*>()) {
    if (widget->window() != &window || !widget->isVisible() || !is_drawn(*widget)) continue;
    if (QAccessible::queryAccessibleInterface(widget)->role() != QAccessible::Graphic)
      add(*widget, {"no picture"});
    if (told(*widget, QAccessible::Name).isEmpty()) add(*widget, {"no name"});
    // Qt says the tool tip where there is no description: how it is used, not what is seen.
    if (widget->accessibleDescription().isEmpty()) add(*widget, {"not described"});
  }
  QVERIFY2(silent.isEmpty(), qPrintable(silent.join('\n')));
}

/// A dock, a tool bar, what is in the middle; all of a dialog.
const QWidget* region_of(const QWidget& control) {
  const QWidget* region = &control;
  while (!region->isWindow() && !qobject_cast<const QMainWindow*>(region->parentWidget()))
    region = region->parentWidget();
  return region;
}

QRect place_of(const QWidget& control) { return {control.mapTo(control.window(), QPoint()), control.size()}; }

/// As one reads: to the right, or further down; a column is read to its end before the next one.
bool follows(const QRect& before, const QRect& after) {
  const bool same_row = before.top() <= after.bottom() && after.top() <= before.bottom();
  return same_row ? after.right() > before.left()
                  : after.top() > before.bottom() || after.left() > before.right();
}

void in_order(const QWidget& window) {
  const auto all = controls(window);
  QStringList wrong;
  QList<const QWidget*> regions;
  for (qsizetype i = 0; i < all.size(); ++i) {
    const auto* region = region_of(*all[i]);
    const bool same = i > 0 && region_of(*all[i - 1]) == region;
    if (same && !follows(place_of(*all[i - 1]), place_of(*all[i])))
      wrong << called(*all[i]) + " comes after " + called(*all[i - 1]);
    if (!same && regions.contains(region))
      wrong << QStringLiteral("%1 brings the keys back to %2").arg(called(*all[i]), called(*region));
    if (!same) regions << region;
  }
  QVERIFY2(wrong.isEmpty(), qPrintable(wrong.join('\n')));
}

void check(const QWidget& window) {
  everything_in(window);
  in_order(window);
}

/// A dialog by itself.
void check_shown(QDialog& dialog) {
  dialog.show();
  QVERIFY(QTest::qWaitForWindowExposed(&dialog));
  QVERIFY(!told(dialog, QAccessible::Name).isEmpty());
  check(dialog);
}

}  // namespace

class AccessibleTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName("octet-test");
  }

  void the_window_and_what_is_asked_of_its_runs() {
    test::Started started;
    auto& window = started.window;
    check(window);
    started.workbench().openDemo();
    TRY(started.workbench().checkpoint() != nullptr);
    started.hurry();
    started.workbench().synthesize();
    TRY(!started.workbench().synthesizing() && started.workbench().lanes().analysis.pending() == 0);
    window.messages().offer(MessageBar::Of::program, "Work is left.", {}, "Open it", [] {});
    check(window);
    for (int section = 0; section < static_cast<int>(MeasuresPanel::Section::cost) + 1; ++section) {
      window.measures().showSection(static_cast<MeasuresPanel::Section>(section));
      check(window);
    }
    window.modelTree().revealLayer("mel2wav.ups.0");
    window.inspectLayer();
    for (const auto section : {LayerInspector::Section::weights, LayerInspector::Section::channels}) {
      window.inspector().showSection(section);
      TRY(started.workbench().lanes().looks.pending() == 0);
      check(window);
    }
    for (auto* dock : window.findChildren<QDockWidget*>()) {
      dock->show();
      dock->raise();
    }
    check(window);
    a_blind_test(window);
    an_export(started);
  }

  void every_dialog_too_data() { test::add_dialogs_of_menus(); }

  void every_dialog_too() {
    QFETCH(QString, action);
    test::Started started;
    started.workbench().openDemo();
    TRY(started.workbench().checkpoint() != nullptr);
    const auto all = started.window.findChildren<QAction*>();
    const auto asked = std::ranges::find(all, action, &QAction::text);
    QVERIFY(asked != all.end());
    (*asked)->trigger();
    auto* dialog = started.window.findChild<QDialog*>();
    QVERIFY(dialog && dialog->isVisible());
    check_shown(*dialog);
    dialog->close();
  }

  void automatic_plans_too() {
    JobRunner lane;
    const auto checkpoint = test::demo_checkpoint();
    FrontDialog dialog(checkpoint, std::make_shared<const Sensitivity>(test::pretended_study(*checkpoint)),
                       nullptr, lane);
    dialog.setSlots({{"A", resolve(test::plan_of("seed", Precision::bf16), checkpoint->layers())}}, 0);
    dialog.show();
    TRY(lane.pending() == 0);
    check_shown(dialog);
  }

  void pairs_of_layers_too() {
    LayerPairs study;
    for (const auto* name : {"flow.encoder_proj", "flow.spk_embed_affine_layer"}) {
      study.layers.push_back({name, {}, DamageKind::mel, 0, 0, 0.01, {{0.01}}});
      study.subject.question.layers.push_back({name, {}});
    }
    study.pairs = {{"flow.encoder_proj",
                    "flow.spk_embed_affine_layer",
                    DamageKind::mel,
                    0.0142,
                    0.0141,
                    0.01,
                    {0.0142}}};
    PairsDialog dialog(std::make_shared<const LayerPairs>(study), "p.json");
    check_shown(dialog);
  }

  void the_choice_of_a_method_too() {
    MethodDialog dialog;
    check_shown(dialog);
  }

  void a_risk_too() {
    test::Started started;
    started.workbench().openDemo();
    TRY(started.workbench().checkpoint() != nullptr);
    started.hurry();
    auto& dialog = *started.window.showRisks();
    test::click(dialog, "measureRisk");
    TRY(started.workbench().lanes().device.pending() == 0);
    check_shown(dialog);
  }

 private:
  static void a_blind_test(MainWindow& window) {
    auto* dialog = window.testBlind(std::make_unique<test::FakeSound>());
    QVERIFY(dialog);
    check_shown(*dialog);
    test::click(*dialog, "startBlindTest");
    test::click(*dialog, "hearX");
    check(*dialog);
    test::click(*dialog, "xIsA");
    test::click(*dialog, "stopBlindTest");
    check(*dialog);
    dialog->close();
  }

  static void an_export(test::Started& started) {
    auto* dialog = started.window.exportPlan();
    dialog->setFile(started.home.filePath("out.safetensors"));
    test::click(*dialog, "startExport");
    TRY(dialog->state() == ExportDialog::State::verified);
    check_shown(*dialog);
    test::click(*dialog, "startExport");  // again
    test::click(*dialog, "showStreams");
    check_shown(*dialog->findChild<QDialog*>("streamsDialog"));
    dialog->close();
  }
};

QTEST_MAIN(AccessibleTest)
#include "test_accessible.moc"
