// What two plans treat differently, and taking it over by mouse and by keys.

#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>
#include <QTreeWidget>
#include <memory>

#include "core/plan/edit.h"
#include "tests/paper_checkpoint.h"
#include "ui/model_tree/plan_diff_dialog.h"

using namespace octet;
using namespace octet::ui;
using octet::test::full_size;

namespace {

struct TwoPlans {
  TwoPlans() { b->chooseBelow("mel2wav.resblocks", {.precision = Precision::fp32}); }

  QTreeWidget& tree() { return *dialog.findChild<QTreeWidget*>(); }
  QPushButton& button(const char* name) { return *dialog.findChild<QPushButton*>(name); }
  std::size_t differing() {
    return differing_layers(full_size()->layers(), a->resolved(), b->resolved()).size();
  }
  void group_by_decider() { dialog.findChild<QComboBox*>("planDiffGrouping")->setCurrentIndex(1); }
  int rows() {
    int layers = 0;
    for (int i = 0; i < tree().topLevelItemCount(); ++i) layers += tree().topLevelItem(i)->childCount();
    return layers;
  }

  std::unique_ptr<PlanEditor> a =
      std::make_unique<PlanEditor>(full_size(), preset("seed", Precision::bf16, false));
  std::unique_ptr<PlanEditor> b =
      std::make_unique<PlanEditor>(full_size(), preset("seed", Precision::bf16, false));
  PlanDiffDialog dialog{{"A", 0, a.get()}, {"B", 1, b.get()}};
};

}  // namespace

class PlanDiffDialogTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void only_what_differs_is_there_in_both_groupings() {
    TwoPlans plans;
    QVERIFY(plans.differing() > 10);
    QCOMPARE(plans.rows(), static_cast<int>(plans.differing()));
    QCOMPARE(plans.tree().topLevelItemCount(), 1);
    QCOMPARE(plans.tree().topLevelItem(0)->text(0), QString("mel2wav   (%1 layers)").arg(plans.differing()));
    plans.group_by_decider();
    QCOMPARE(plans.rows(), static_cast<int>(plans.differing()));
    QVERIFY2(plans.tree().topLevelItem(0)->text(0).contains("mel2wav.resblocks.*"),
             qPrintable(plans.tree().topLevelItem(0)->text(0)));
    plans.b->undoStack()->undo();  // it follows the plans
    QCOMPARE(plans.rows(), 0);
    QVERIFY(plans.dialog.findChild<QLabel*>("planDiffSummary")->text().contains("do the same"));
    QVERIFY(!plans.button("takeOverIntoA").isEnabled());
  }

  void a_group_is_taken_over_by_mouse_and_undone() {
    TwoPlans plans;
    plans.dialog.show();
    QVERIFY(QTest::qWaitForWindowActive(&plans.dialog));
    const auto before = plans.a->plan();
    QTest::mouseClick(plans.tree().viewport(), Qt::LeftButton, {},
                      plans.tree().visualItemRect(plans.tree().topLevelItem(0)).center());
    QTest::mouseClick(&plans.button("takeOverIntoA"), Qt::LeftButton);
    QCOMPARE(plans.differing(), 0U);
    QCOMPARE(plans.a->undoStack()->count(), 1);
    QVERIFY(plans.a->plan().layers.empty());  // the rule came over, not its layers
    QCOMPARE(plans.rows(), 0);
    QTest::mouseClick(&plans.button("undoTakeOver"), Qt::LeftButton);
    QVERIFY(plans.a->plan() == before);
    QVERIFY(plans.rows() > 0);
    QVERIFY(!plans.button("undoTakeOver").isEnabled());
  }

  void a_layer_is_put_back_by_keys() {
    TwoPlans plans;
    plans.dialog.show();
    QVERIFY(QTest::qWaitForWindowActive(&plans.dialog));
    const auto all = plans.differing();
    const auto steps = plans.b->undoStack()->count();
    QVERIFY(plans.tree().hasFocus());
    QTest::keyClick(&plans.tree(), Qt::Key_Right);
    QTest::keyClick(&plans.tree(), Qt::Key_Down);
    const auto layer = plans.tree().currentItem()->text(0);
    QSignalSpy chosen(&plans.dialog, &PlanDiffDialog::layerChosen);
    QTest::keyClick(&plans.tree(), Qt::Key_Return);
    QCOMPARE(chosen.count(), 1);
    QCOMPARE(chosen.front().front().toString(), layer);
    QVERIFY(plans.dialog.isVisible());
    QTest::keyClick(&plans.dialog, Qt::Key_B, Qt::AltModifier);
    QTRY_COMPARE(plans.differing(), all - 1);  // a button is seen to go down first
    QCOMPARE(plans.b->undoStack()->count(), steps + 1);
    QCOMPARE(plans.a->undoStack()->count(), 0);
    QTest::keyClick(&plans.dialog, Qt::Key_Z, Qt::ControlModifier);
    QTRY_COMPARE(plans.differing(), all);
  }

  void it_goes_with_a_plan() {
    TwoPlans plans;
    plans.dialog.show();
    plans.b.reset();
    QVERIFY(!plans.dialog.isVisible());
  }
};

QTEST_MAIN(PlanDiffDialogTest)
#include "test_plan_diff_dialog.moc"
