// The layer tree, its filter and its edits, on the demo voice and at full size.

#include <QAbstractItemModelTester>
#include <QLabel>
#include <QLineEdit>
#include <QSettings>
#include <QSignalSpy>
#include <QTest>
#include <QTreeView>
#include <functional>

#include "core/resources.h"
#include "tests/paper_checkpoint.h"
#include "tests/ui/model_tree/find_path.h"
#include "ui/jobs/job_runner.h"
#include "ui/model_tree/layer_filter.h"
#include "ui/model_tree/layer_tree_model.h"
#include "ui/model_tree/model_tree_panel.h"

using namespace octet;
using namespace octet::ui;
using octet::test::find_path;
using octet::test::full_size;

namespace {

PrecisionPlan plan_named(std::string_view name, Precision base = Precision::bf16) {
  return preset(name, base, false);
}

int count_int8(const PlanEditor& editor) {
  int count = 0;
  for (const auto& layer : editor.resolved().layers)
    count += layer.effective.storage == Precision::int8 ? 1 : 0;
  return count;
}

}  // namespace

class ModelTreeTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { QCoreApplication::setOrganizationName("octet-test"); }

  void the_model_keeps_the_contract_of_item_models() {
    PlanEditor editor(full_size(), plan_named("seed"));
    LayerTreeModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setEditor(&editor);
    editor.chooseBelow("flow.encoder", {.precision = Precision::int8});
    editor.undoStack()->undo();
    model.setEditor(nullptr);
    QCOMPARE(model.rowCount(), 0);
  }

  void every_layer_is_one_row_and_sums_match_the_plan() {
    PlanEditor editor(full_size(), plan_named("seed"));
    LayerTreeModel model;
    model.setEditor(&editor);
    QSet<int> seen;
    for (std::size_t i = 0; i < full_size()->layers().size(); ++i) {
      const auto index = model.indexOfLayer(static_cast<int>(i));
      QCOMPARE(index.data(LayerTreeModel::kPathRole).toString().toStdString(), full_size()->layers()[i].name);
      seen << index.data(LayerTreeModel::kLayerRole).toInt();
    }
    QCOMPARE(seen.size(), static_cast<qsizetype>(full_size()->layers().size()));
    qulonglong bytes = 0;
    for (int i = 0; i < model.rowCount(); ++i)
      bytes += model.index(i, test::column("bytes")).data(LayerTreeModel::kValueRole).toULongLong();
    QCOMPARE(bytes, static_cast<qulonglong>(editor.size().total().bytes));
  }

  void a_component_toggles_all_below_it_in_one_step() {
    PlanEditor editor(full_size(), plan_named("all-base"));
    ModelTreePanel panel;
    panel.setEditor(&editor);
    QCOMPARE(count_int8(editor), 0);
    panel.show();
    QVERIFY(QTest::qWaitForWindowActive(&panel));
    panel.view().setFocus();
    panel.view().setCurrentIndex(find_path(panel.filter(), "mel2wav"));
    QTest::keyClick(&panel.view(), Qt::Key_I);
    const int toggled = count_int8(editor);
    QVERIFY(toggled > 60);
    QCOMPARE(editor.plan().rules.size(), plan_named("all-base").rules.size() + 1);  // one rule says it
    QCOMPARE(editor.undoStack()->count(), 1);
    // Its row says so; snake alphas and norms have no say in it.
    QCOMPARE(find_path(panel.filter(), "mel2wav.resblocks")
                 .siblingAtColumn(test::column("precision"))
                 .data()
                 .toString(),
             "int8");
    editor.undoStack()->undo();
    QCOMPARE(count_int8(editor), 0);
    QVERIFY(editor.plan() == plan_named("all-base"));
    editor.undoStack()->redo();
    QCOMPARE(count_int8(editor), toggled);
  }

  void several_layers_are_one_step_and_mixed_paths_say_so() {
    PlanEditor editor(full_size(), plan_named("all-base"));
    ModelTreePanel panel;
    panel.setEditor(&editor);
    auto* selection = panel.view().selectionModel();
    selection->clear();
    for (const auto* name : {"mel2wav.resblocks.0.convs1.0", "mel2wav.resblocks.0.convs1.1"}) {
      const auto index = find_path(panel.filter(), name);
      QVERIFY2(index.isValid(), name);
      selection->select(index, QItemSelectionModel::Select | QItemSelectionModel::Rows);
    }
    panel.choose(Precision::int8);
    QCOMPARE(count_int8(editor), 2);
    QCOMPARE(editor.undoStack()->count(), 1);
    QCOMPARE(find_path(panel.filter(), "mel2wav.resblocks")
                 .siblingAtColumn(test::column("precision"))
                 .data()
                 .toString(),
             "mixed");
    panel.backToRules();
    QCOMPARE(count_int8(editor), 0);
  }

  void a_protected_layer_stays_until_it_is_forced() {
    PlanEditor editor(full_size(), plan_named("all-base"));
    ModelTreePanel panel;
    panel.setEditor(&editor);
    const QString name = "speaker_encoder.xvector.dense.linear";
    panel.revealLayer(name);
    QCOMPARE(panel.view().currentIndex().data(LayerTreeModel::kPathRole).toString(), name);
    panel.choose(Precision::int8);
    QCOMPARE(count_int8(editor), 0);
    const auto index = find_path(panel.filter(), name);
    QVERIFY(index.data(LayerTreeModel::kProtectedRole).toBool());
    QVERIFY2(index.data(Qt::ToolTipRole).toString().contains("the voice itself"),
             qPrintable(index.data(Qt::ToolTipRole).toString()));
    panel.force(Precision::int8);
    QCOMPARE(count_int8(editor), 1);
  }

  void typing_finds_names_and_patterns() {
    PlanEditor editor(full_size(), plan_named("seed"));
    ModelTreePanel panel;
    panel.setEditor(&editor);
    auto* search = panel.findChild<QLineEdit*>("layerSearch");
    const auto shown = [&] {
      int layers = 0;
      for (std::size_t i = 0; i < full_size()->layers().size(); ++i)
        layers +=
            panel.filter().mapFromSource(panel.model().indexOfLayer(static_cast<int>(i))).isValid() ? 1 : 0;
      return layers;
    };
    const auto expected = [](const std::function<bool(const std::string&)>& wanted) {
      return static_cast<int>(std::ranges::count_if(full_size()->layers(),
                                                    [&](const Layer& layer) { return wanted(layer.name); }));
    };
    QCOMPARE(shown(), static_cast<int>(full_size()->layers().size()));
    QTest::keyClicks(search, "attn1.to_q");
    QCOMPARE(shown(),
             expected([](const auto& name) { return name.find("attn1.to_q") != std::string::npos; }));
    search->setText("*.attn1.to_{q,k}");
    QCOMPARE(shown(), expected([](const auto& name) {
               return name.ends_with(".attn1.to_q") || name.ends_with(".attn1.to_k");
             }));
    search->setText("attn1.to_?");  // patterns too are found anywhere
    QCOMPARE(shown(), expected([](const auto& name) {
               const auto at = name.find("attn1.to_");
               return at != std::string::npos && name.size() > at + 9;
             }));
    search->setText("*.attn1.to_{q");  // in the middle of typing
    QCOMPARE(shown(), 0);
    search->clear();
    // What the filter hides is not meant by a toggle of a path.
    search->setText("attn1.to_q");
    panel.view().selectionModel()->clear();
    panel.view().setCurrentIndex(find_path(panel.filter(), "flow"));
    const int before = count_int8(editor);
    panel.choose(Precision::int8);
    QCOMPARE(count_int8(editor), before + shown());
  }

  void a_search_tells_how_much_it_found_and_comes_back_to_the_chosen_row() {
    PlanEditor editor(full_size(), plan_named("seed"));
    ModelTreePanel panel;
    panel.resize(420, 760);
    panel.setEditor(&editor);
    panel.show();
    QVERIFY(QTest::qWaitForWindowActive(&panel));
    auto* search = panel.findChild<QLineEdit*>("layerSearch");
    auto* count = panel.findChild<QLabel*>("layerCount");
    auto* nothing = panel.findChild<QLabel*>("noLayerMatches");
    QVERIFY(!count->isVisible());
    panel.view().setCurrentIndex(find_path(panel.filter(), "mel2wav.resblocks.0"));
    search->setText("mel2wav.ups.0");
    QCOMPARE(count->text(), QString("1 of %1").arg(QLocale().toString(full_size()->layers().size())));
    QVERIFY(!nothing->isVisible());
    search->setText("no such layer");
    QCOMPARE(count->text(), QString("0 of %1").arg(QLocale().toString(full_size()->layers().size())));
    QVERIFY(nothing->isVisible());
    QTest::keyClick(search, Qt::Key_Escape);
    QVERIFY(search->text().isEmpty());
    QVERIFY(!nothing->isVisible());
    QCOMPARE(panel.view().currentIndex().data(LayerTreeModel::kPathRole).toString(), "mel2wav.resblocks.0");
  }

  void the_chosen_row_stays_in_sight_when_what_is_said_of_it_grows() {
    PlanEditor editor(full_size(), plan_named("seed"));
    ModelTreePanel panel;
    panel.setEditor(&editor, nullptr);
    panel.resize(240, 420);
    panel.show();
    QVERIFY(QTest::qWaitForWindowExposed(&panel));
    panel.view().expandAll();
    const auto seen = panel.view().viewport()->rect();
    const auto last = panel.view().indexAt({5, seen.bottom() - 12});
    QVERIFY(last.isValid());
    panel.view().setCurrentIndex(last);
    QTRY_VERIFY(panel.view().viewport()->height() < seen.height());
    QTRY_VERIFY(panel.view().viewport()->rect().contains(
        QRect(0, panel.view().visualRect(last).top(), 1, panel.view().visualRect(last).height())));
  }

  void all_of_one_shape_are_selected_together() {
    PlanEditor editor(full_size(), plan_named("seed"));
    ModelTreePanel panel;
    panel.setEditor(&editor);
    panel.revealLayer("mel2wav.resblocks.0.convs1.0");
    panel.selectSameShape();
    const auto& table = full_size()->layers();
    const auto like = std::ranges::find(table, "mel2wav.resblocks.0.convs1.0", &Layer::name);
    const auto same = std::ranges::count_if(table, [&](const Layer& layer) {
      return layer.type == like->type && layer.weight().shape == like->weight().shape;
    });
    QCOMPARE(panel.view().selectionModel()->selectedRows().size(), same);
    QVERIFY(same > 1);
  }

  void rows_that_differ_from_the_reference_are_marked() {
    PlanEditor editor(full_size(), plan_named("seed"));
    ModelTreePanel panel;
    const PlanEditor reference(full_size(), plan_named("seed"));
    panel.setEditor(&editor, &reference);
    QVERIFY(!find_path(panel.filter(), "mel2wav").data(LayerTreeModel::kDifferentRole).toBool());
    panel.revealLayer("mel2wav.ups.0");
    panel.choose(Precision::fp32);
    QVERIFY(find_path(panel.filter(), "mel2wav").data(LayerTreeModel::kDifferentRole).toBool());
    QVERIFY(!find_path(panel.filter(), "flow").data(LayerTreeModel::kDifferentRole).toBool());
  }

  void right_after_opening_rows_that_differ_are_marked_and_found() {
    PlanEditor editor(full_size(), plan_named("seed"));
    const PlanEditor reference(full_size(), plan_named("all-base", Precision::fp32));
    ModelTreePanel panel;
    panel.setEditor(&editor, &reference);
    QVERIFY(find_path(panel.filter(), "mel2wav").data(LayerTreeModel::kDifferentRole).toBool());
    panel.filter().setDifferentOnly(true);
    QVERIFY(panel.filter().rowCount() > 0);
    // Another checkpoint, another reference: nothing is left of the first.
    panel.setEditor(&editor, &editor);
    QCOMPARE(panel.filter().rowCount(), 0);
  }

  void what_changes_nothing_is_no_step_and_no_change() {
    PlanEditor editor(full_size(), plan_named("seed"));
    const std::string layer = "mel2wav.ups.0";
    const auto precision =
        editor.resolved().layers[test::index_of(full_size()->layers(), layer)].effective.storage;
    editor.choose({layer}, {.precision = precision});
    QCOMPARE(editor.undoStack()->count(), 0);
    QVERIFY(!editor.edited());
    editor.choose({layer}, {.precision = Precision::fp32});
    QCOMPARE(editor.undoStack()->count(), 1);
    QVERIFY(editor.edited());
    editor.choose({layer}, {.precision = precision});  // there and back, by hand
    QVERIFY(!editor.edited());
    editor.clearOverrides({"no.such.layer"});
    QCOMPARE(editor.undoStack()->count(), 2);
  }

  void back_to_the_rules_takes_back_what_was_chosen_for_a_path() {
    PlanEditor editor(full_size(), plan_named("seed"));
    ModelTreePanel panel;
    panel.setEditor(&editor);
    const auto seed = editor.plan();
    const int int8 = count_int8(editor);
    panel.view().setCurrentIndex(find_path(panel.filter(), "flow"));
    panel.choose(Precision::int8);
    QVERIFY(count_int8(editor) > int8);
    panel.backToRules();
    QCOMPARE(count_int8(editor), int8);
    QVERIFY(editor.plan() == seed);
    // A rule of the person's took the place of one of the plan's: that one comes back, where it was.
    auto own = plan_named("all-base");
    own.rules = {{"flow.*", {}, {.precision = Precision::fp32}}, {"mel2wav.ups.*", {}, {}}};
    editor.setPlan(own, "own");
    editor.chooseBelow("flow", {.precision = Precision::int8});
    QVERIFY(editor.edited());
    editor.clearBelow("flow");
    QVERIFY(editor.plan() == own);
    QVERIFY(!editor.edited());
  }

  // A job reads the checkpoint and a plan as it was, while the plan is edited and the tree shows both.
  void the_tree_shows_what_jobs_find_while_the_plan_is_edited() {
    PlanEditor editor(full_size(), plan_named("seed"));
    LayerTreeModel model;
    model.setEditor(&editor);
    const auto& table = full_size()->layers();
    const auto quantizable = static_cast<int>(test::index_of(table, "flow.encoder.up_layer.conv"));
    constexpr int kRounds = 10;
    int shown = 0;
    JobRunner lane;
    for (int round = 1; round <= kRounds; ++round) {
      lane.run(
          "weights", &model,
          [checkpoint = full_size(), plan = editor.plan(), round](const JobControl&) {
            const auto& layers = checkpoint->layers();
            return std::pair(resolve(plan, layers), std::vector<float>(layers.size(), float(round)));
          },
          [&](std::pair<ResolvedPlan, std::vector<float>> found) {
            model.setEditor(&editor, found.first);
            model.setWeightSnr(std::move(found.second));
            ++shown;
          });
      editor.chooseBelow("flow.encoder", {.precision = round % 2 == 0 ? Precision::int8 : Precision::fp32});
      if (round % 5 == 0) editor.undoStack()->undo();
      QCoreApplication::processEvents();
    }
    QTRY_COMPARE(shown, kRounds);
    const auto row = model.indexOfLayer(quantizable);
    QCOMPARE(row.siblingAtColumn(test::column("snr")).data().toString(), QString("%1.0 dB").arg(kRounds));
    // The last job saw fp32 there, the last edit was undone to it.
    QCOMPARE(row.siblingAtColumn(test::column("precision")).data().toString(), QString("fp32"));
    QVERIFY(!row.data(LayerTreeModel::kDifferentRole).toBool());
  }
};

QTEST_MAIN(ModelTreeTest)
#include "test_model_tree.moc"
