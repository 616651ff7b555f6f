// The front of automatic plans: what stands in it, and how one becomes a plan of a slot.

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableWidget>
#include <QtTest>

#include "tests/demo_voice.h"
#include "tests/study/pretended_study.h"
#include "tests/ui/jobs/held_lane.h"
#include "ui/study/front_chart.h"
#include "ui/study/front_dialog.h"

using namespace octet;
using namespace octet::test;
using namespace octet::ui;

namespace {

ResolvedPlan resolved(const PrecisionPlan& plan) { return resolve(plan, demo_checkpoint()->layers()); }

/// A front that is ready, over plans A (fp32) and B (the seed policy over bf16).
struct Shown {
  JobRunner lane;
  FrontDialog dialog;
  std::vector<std::pair<int, PrecisionPlan>> taken;

  Shown()
      : dialog(demo_checkpoint(), std::make_shared<const Sensitivity>(pretended_study(*demo_checkpoint())),
               nullptr, lane) {
    QObject::connect(&dialog, &FrontDialog::taken, &dialog,
                     [this](int slot, const PrecisionPlan& plan) { taken.emplace_back(slot, plan); });
    dialog.setSlots({{"A", resolved(plan_of("all-base", Precision::fp32))},
                     {"B", resolved(plan_of("seed", Precision::bf16))}},
                    1);
    dialog.show();
    if (!QTest::qWaitForWindowActive(&dialog) ||
        !QTest::qWaitFor([&] { return lane.pending() == 0 && find(FrontPoint::Kind::slot) >= 0; }, 60'000))
      qFatal("there is no front");
  }
  FrontChart& chart() { return *dialog.findChild<FrontChart*>(); }
  const std::vector<FrontPoint>& points() { return chart().points(); }
  int find(FrontPoint::Kind kind, const QString& name = {}) {
    const auto found = std::ranges::find_if(points(), [&](const FrontPoint& point) {
      return point.kind == kind && (name.isEmpty() || point.name == name);
    });
    return found == points().end() ? -1 : static_cast<int>(found - points().begin());
  }
  const FrontPoint& at(int point) { return points()[static_cast<std::size_t>(point)]; }
  QString said() { return dialog.findChild<QLabel*>("frontSaid")->text(); }
  void ask(const char* budget, double value) {
    auto* edit = dialog.findChild<QDoubleSpinBox*>(budget);
    edit->setValue(value);
    edit->setFocus();
    QTest::keyClick(edit, Qt::Key_Return);
    if (!QTest::qWaitFor([&] { return lane.pending() == 0; }, 60'000)) qFatal("it is not answered");
  }
};

}  // namespace

class FrontTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void plans_stand_by_size_beside_built_in_ones_and_the_windows() {
    Shown shown;
    const auto& points = shown.points();
    QVERIFY(std::ranges::is_sorted(points, {}, [](const auto& point) { return point.foretold.bytes; }));
    const auto& seed = shown.at(shown.find(FrontPoint::Kind::preset, "seed over fp32"));
    const auto& all = shown.at(shown.find(FrontPoint::Kind::preset, "all-int8 over fp32"));
    QVERIFY(all.foretold.bytes < seed.foretold.bytes);
    QVERIFY(all.foretold.damage.total() > seed.foretold.damage.total());
    // No built-in plan over the study's base is better than the front: the next smaller one damages less.
    for (const auto* preset : {&seed, &all}) {
      const FrontPoint* next = nullptr;
      for (const auto& point : points)
        if (point.kind == FrontPoint::Kind::automatic && point.foretold.bytes <= preset->foretold.bytes)
          next = &point;
      QVERIFY(!next || next->foretold.damage.total() <= preset->foretold.damage.total() * (1 + 1e-9));
    }
    const auto& a = shown.at(shown.find(FrontPoint::Kind::slot, "A: all-base"));
    QCOMPARE(a.foretold.damage.total(), 0.0);
    const int b = shown.find(FrontPoint::Kind::slot, "B: seed");
    QVERIFY(shown.at(b).foretold.unknown > 0);  // bf16 was not studied
    QSet<QString> names;
    for (const auto& point : points)
      if (point.kind == FrontPoint::Kind::automatic) names << point.name;
    QVERIFY2(names.size() > 10, "each says what sets it apart");
    const auto& table = shown.chart().table();
    QCOMPARE(table.rowCount(), static_cast<int>(points.size()));
    QCOMPARE(table.item(b, 0)->text(), "B: seed");
    QVERIFY(table.item(b, 2)->text().startsWith(u'≥'));
    QVERIFY(!table.item(shown.find(FrontPoint::Kind::preset, "seed over fp32"), 2)->text().startsWith(u'≥'));
  }

  void closing_it_gives_up_what_it_was_making() {
    JobRunner lane;
    std::optional<JobEnd> end;
    HeldLane held(lane);
    auto* dialog = new FrontDialog(demo_checkpoint(),
                                   std::make_shared<const Sensitivity>(pretended_study(*demo_checkpoint())),
                                   nullptr, lane);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->show();
    connect(&lane, &JobRunner::ended, this, [&](JobRunner::Id, const JobEnd& how) { end = how; });
    dialog->close();
    QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    held.let_go();
    QTRY_COMPARE(lane.pending(), 0);
    QVERIFY(end && end->cancelled());
  }

  void a_click_on_a_point_takes_its_plan_into_the_slot() {
    Shown shown;
    const int point = shown.find(FrontPoint::Kind::automatic);
    const auto plan = shown.at(point).plan;
    auto& plot = shown.chart().plot();
    const auto place = shown.chart().place(point).value().toPoint();
    QTest::mouseClick(&plot, Qt::LeftButton, {}, place);
    QCOMPARE(shown.taken.size(), std::size_t{1});
    QCOMPARE(shown.taken[0].first, 1);
    QVERIFY(shown.taken[0].second == plan && !plan.layers.empty());
    QVERIFY(plan.layers.begin()->second.reason.find("most on loud") != std::string::npos);
    QCOMPARE(shown.chart().table().currentRow(), point);
    QVERIFY2(shown.said().startsWith("B is now: automatic"), qPrintable(shown.said()));
    shown.dialog.findChild<QComboBox*>("frontSlot")->setCurrentIndex(0);
    QTest::mouseClick(&plot, Qt::LeftButton, {}, place);
    QCOMPARE(shown.taken.at(1).first, 0);
    QTest::mouseClick(&plot, Qt::LeftButton, {}, QPoint(1, 1));  // where there is none
    QCOMPARE(shown.taken.size(), std::size_t{2});
  }

  void an_automatic_plan_that_does_less_in_no_more_bytes_is_named() {
    Shown shown;
    const auto seed = shown.at(shown.find(FrontPoint::Kind::slot, "B: seed")).foretold;
    const FrontPoint* best = nullptr;
    for (const auto& point : shown.points())
      if (point.kind == FrontPoint::Kind::automatic && point.foretold.bytes <= seed.bytes) best = &point;
    QVERIFY(best && best->foretold.damage.total() < seed.damage.total());
    const auto* better = shown.dialog.findChild<QLabel*>("frontBetter");
    QVERIFY2(better->isVisible() && better->text().startsWith("B: seed does at least ") &&
                 better->text().contains(best->name),
             qPrintable(better->text()));
    shown.dialog.findChild<QComboBox*>("frontSlot")->setCurrentIndex(0);  // fp32 does nothing
    QVERIFY(!better->isVisible());
  }

  /// Half is what people come for: there it starts, and a line shows where that is.
  void it_starts_at_the_plan_of_least_damage_within_half_of_the_checkpoint() {
    Shown shown;
    const auto half = demo_checkpoint()->file_bytes() / 2;
    const auto& chosen = shown.at(shown.chart().chosen());
    QVERIFY(chosen.kind == FrontPoint::Kind::automatic && chosen.foretold.bytes <= half);
    for (const auto& point : shown.points())
      if (point.kind == FrontPoint::Kind::automatic && point.foretold.bytes <= half)
        QVERIFY(point.foretold.damage.total() >= chosen.foretold.damage.total());
    auto& plot = shown.chart().plot();
    QCPItemLine* line = nullptr;
    for (int i = 0; i < plot.itemCount(); ++i)
      if (plot.item(i)->objectName() == "half") line = qobject_cast<QCPItemLine*>(plot.item(i));
    QVERIFY(line);
    QCOMPARE(line->start->key(), static_cast<double>(half) / 1e6);
  }

  void the_arrow_keys_go_along_it_and_enter_takes() {
    Shown shown;
    QVERIFY(QApplication::focusWidget() == &shown.chart().table());
    const int before = shown.chart().chosen();
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Down);
    QCOMPARE(shown.chart().chosen(), before + 1);
    QVERIFY(shown.taken.empty());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(shown.taken.size(), std::size_t{1});
    QVERIFY(shown.taken[0].second == shown.at(before + 1).plan);
    QVERIFY(shown.dialog.isVisible());
  }

  void a_budget_that_is_typed_becomes_a_plan() {
    Shown shown;
    const auto smallest = shown.at(shown.find(FrontPoint::Kind::automatic)).foretold.bytes;
    const auto most = static_cast<double>(smallest) * 1.2 / 1e6;
    shown.ask("mostBytes", most);
    QCOMPARE(shown.taken.size(), std::size_t{1});
    const auto& asked = shown.at(shown.chart().chosen());
    QVERIFY(asked.kind == FrontPoint::Kind::asked && asked.plan == shown.taken[0].second);
    const auto bytes = static_cast<double>(asked.foretold.bytes) / 1e6;
    QVERIFY2(bytes <= most && bytes > 0.99 * most, qPrintable(QString::number(bytes)));
    shown.ask("mostDamage", 1);  // per cent
    QCOMPARE(shown.taken.size(), std::size_t{2});
    const auto damage = shown.at(shown.chart().chosen()).foretold.damage.total();
    QVERIFY2(damage <= 0.01 && damage > 0.0099, qPrintable(QString::number(damage)));
  }

  void a_budget_that_cannot_be_kept_names_the_nearest_that_can() {
    Shown shown;
    const auto smallest = shown.at(shown.find(FrontPoint::Kind::automatic)).foretold.bytes;
    shown.ask("mostBytes", 1);
    QVERIFY(shown.taken.empty());
    QVERIFY2(shown.said().contains(QString("the smallest takes %1").arg(smallest)), qPrintable(shown.said()));
  }

  void a_study_of_other_layers_is_said_to_be() {
    auto study = pretended_study(*demo_checkpoint());
    study.layers[0].layer = "of.another";
    JobRunner lane;
    FrontDialog dialog(demo_checkpoint(), std::make_shared<const Sensitivity>(study), nullptr, lane);
    QTRY_VERIFY(dialog.findChild<QLabel*>("frontSaid")->text().contains("of.another"));
  }
};

QTEST_MAIN(FrontTest)
#include "test_front.moc"
