// A precision is changed where it is shown, with the mouse or without, and what is locked says why.

#include <QApplication>
#include <QComboBox>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPointer>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <QTreeView>

#include "tests/calibration_with.h"
#include "tests/paper_checkpoint.h"
#include "tests/ui/model_tree/find_path.h"
#include "ui/model_tree/layer_filter.h"
#include "ui/model_tree/layer_place.h"
#include "ui/model_tree/layer_tree_model.h"
#include "ui/model_tree/model_tree_panel.h"

using namespace octet;
using namespace octet::ui;
using octet::test::find_path;
using octet::test::full_size;

namespace {

constexpr auto kLayer = "mel2wav.ups.0";

/// The menu that is open.
QMenu& open_menu() {
  auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
  if (!menu) qFatal("no menu is open");
  return *menu;
}

QAction& entry(const QMenu& menu, const QString& name) {
  auto* found = menu.findChild<QAction*>(name);
  if (!found) qFatal("the menu has no entry %s", qPrintable(name));
  return *found;
}

class Panel : public ModelTreePanel {
 public:
  explicit Panel(PlanEditor& editor) {
    resize(700, 600);
    setEditor(&editor);
    show();
    if (!QTest::qWaitForWindowActive(this)) qFatal("the panel is not shown");
  }
  QModelIndex cell(const QString& path) {
    return find_path(filter(), path).siblingAtColumn(test::column("precision"));
  }
  void click(const QString& path) {
    QTest::mouseClick(view().viewport(), Qt::LeftButton, {}, view().visualRect(cell(path)).center());
  }
};

/// By the menu of a layer. False: the entry was disabled.
bool choose(Panel& panel, const QString& layer, const QString& name) {
  panel.revealLayer(layer);
  panel.click(layer);
  const QPointer<QMenu> menu(&open_menu());
  auto& action = entry(*menu, name);
  const bool enabled = action.isEnabled();
  if (enabled) action.trigger();
  if (menu) menu->close();
  return enabled;
}

Recipe effective(const PlanEditor& editor, const QString& layer) {
  return editor.resolved()
      .layers[octet::test::index_of(full_size()->layers(), layer.toStdString())]
      .effective;
}

}  // namespace

class PrecisionMenuTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void cleanup() {
    while (auto* popup = QApplication::activePopupWidget()) popup->close();
  }

  void a_click_on_a_precision_offers_the_others_with_what_they_weigh() {
    PlanEditor editor(full_size(), preset("seed", Precision::bf16, false));
    Panel panel(editor);
    panel.revealLayer(kLayer);
    for (const auto* wanted : {"fp32", "bf16", "int8"}) {
      panel.click(kLayer);
      auto& menu = open_menu();
      QVERIFY(!menu.actions().front()->isEnabled());
      QVERIFY(menu.actions().at(1)->isSeparator());
      QCOMPARE(menu.actions().front()->text(), QString(kLayer));
      QCOMPARE(menu.findChildren<QAction*>(QRegularExpression("^(fp32|bf16|int8)$")).size(), 3);
      for (const auto* name : {"fp32", "bf16", "int8"})
        QCOMPARE(entry(menu, name).isChecked(), panel.cell(kLayer).data().toString() == name);
      const auto said = entry(menu, wanted).text();
      entry(menu, wanted).trigger();
      menu.close();
      QCOMPARE(panel.cell(kLayer).data().toString(), QString(wanted));
      const auto bytes = panel.cell(kLayer).siblingAtColumn(test::column("bytes")).data().toString();
      QVERIFY2(said.contains(bytes), qPrintable(said + " is not " + bytes));
    }
    QCOMPARE(editor.undoStack()->count(), 3);
  }

  void the_same_by_keys() {
    PlanEditor editor(full_size(), preset("seed", Precision::bf16, false));
    Panel panel(editor);
    panel.revealLayer(kLayer);
    panel.view().setFocus();
    QTest::keyClick(&panel.view(), Qt::Key_Return);
    auto& menu = open_menu();
    QTest::keyClick(&menu, Qt::Key_Down);  // the first is fp32
    QTest::keyClick(&menu, Qt::Key_Return);
    QCOMPARE(panel.cell(kLayer).data().toString(), QString("fp32"));
  }

  void what_is_locked_says_why_and_can_be_had_all_the_same() {
    PlanEditor editor(full_size(), preset("seed", Precision::bf16, false));
    Panel panel(editor);
    const QString voice = "speaker_encoder.xvector.dense.linear";
    panel.revealLayer(voice);
    panel.click(voice);
    auto& menu = open_menu();
    QVERIFY(!entry(menu, "int8").isEnabled());
    QVERIFY(entry(menu, "fp32").isEnabled());
    const auto said = [&](const QString& words) {
      return std::ranges::any_of(menu.actions(),
                                 [&](auto* action) { return action->text().contains(words); });
    };
    QVERIFY(said("the final speaker embedding is the voice itself"));
    entry(menu, "force-int8").trigger();
    QCOMPARE(panel.cell(voice).data().toString(), QString("int8"));
  }

  void a_path_tells_how_many_of_its_layers_would_follow() {
    PlanEditor editor(full_size(), preset("all-base", Precision::fp32, false));
    Panel panel(editor);
    panel.view().setCurrentIndex(find_path(panel.filter(), "speaker_encoder"));
    panel.click("speaker_encoder");
    auto& menu = open_menu();
    const auto said = entry(menu, "int8").text();
    entry(menu, "int8").trigger();
    QCOMPARE(editor.undoStack()->count(), 1);
    int int8 = 0, decided = 0;
    for (std::size_t i = 0; i < full_size()->layers().size(); ++i) {
      const auto& layer = full_size()->layers()[i];
      if (layer.component != "speaker_encoder" || !layer.quantizable()) continue;
      ++decided;
      int8 += editor.resolved().layers[i].effective.storage == Precision::int8 ? 1 : 0;
    }
    QVERIFY(int8 > 0 && int8 < decided);
    QVERIFY2(said.contains(QString("%1 of %2 layers").arg(int8).arg(decided)), qPrintable(said));
  }

  void int8_is_offered_by_each_method_with_its_settings() {
    PlanEditor editor(full_size(), preset("all-base", Precision::fp32, false));
    Panel panel(editor);
    const QString linear = "flow.encoder_proj";
    QVERIFY(choose(panel, linear, "dynamic scales=token"));
    QVERIFY(effective(editor, linear).method == Method::dynamic);
    QCOMPARE(effective(editor, linear).options, std::string(R"({"scales":"token"})"));
    panel.click(linear);
    QVERIFY(entry(open_menu(), "dynamic scales=token").isChecked());
    QVERIFY(!entry(open_menu(), "dynamic").isChecked());
    open_menu().close();
    // A transposed convolution multiplies no integers.
    QVERIFY(!choose(panel, kLayer, "llm-int8"));
    QVERIFY(effective(editor, kLayer).storage == Precision::fp32);
    QVERIFY(choose(panel, kLayer, "weight-only group=32"));
    QCOMPARE(effective(editor, kLayer).options, std::string(R"({"group":32})"));
    QCOMPARE(editor.undoStack()->count(), 2);
  }

  void a_click_on_a_method_offers_the_others() {
    PlanEditor editor(full_size(), preset("all-int8", Precision::fp32, false));
    Panel panel(editor);
    panel.resize(1500, 600);
    const QString linear = "flow.encoder_proj";
    panel.revealLayer(linear);
    const auto cell = [&] { return panel.cell(linear).siblingAtColumn(octet::test::column("method")); };
    QCOMPARE(cell().data().toString(), "weight-only");
    QTest::mouseClick(panel.view().viewport(), Qt::LeftButton, {}, panel.view().visualRect(cell()).center());
    QVERIFY(entry(open_menu(), "weight-only").isChecked());
    QVERIFY(!open_menu().findChild<QAction*>("fp32"));
    entry(open_menu(), "dynamic").trigger();
    open_menu().close();
    QCOMPARE(cell().data().toString(), "dynamic");
    // The key offers what the cell that was clicked does.
    QTest::keyClick(&panel.view(), Qt::Key_Return);
    QVERIFY(entry(open_menu(), "dynamic").isChecked());
  }

  void any_settings_of_a_method_can_be_written_and_faults_are_told() {
    PlanEditor editor(full_size(), preset("all-base", Precision::fp32, false));
    Panel panel(editor);
    QVERIFY(choose(panel, kLayer, "otherSettings"));
    auto* dialog = panel.findChild<QDialog*>("methodDialog");
    QVERIFY(dialog);
    auto* settings = dialog->findChild<QLineEdit*>("methodSettings");
    auto* take = dialog->findChild<QPushButton*>("takeMethod");
    dialog->findChild<QComboBox*>("method")->setCurrentText("weight-only");
    settings->setText("clip=mse block=64");
    QVERIFY(!take->isEnabled());
    QVERIFY2(dialog->findChild<QLabel*>("methodFault")->text().contains("\"block\""),
             qPrintable(dialog->findChild<QLabel*>("methodFault")->text()));
    settings->setText("clip=mse group=64");
    QVERIFY(take->isEnabled());
    take->click();
    QCOMPARE(effective(editor, kLayer).options, std::string(R"({"clip":"mse","group":64})"));
  }

  void what_needs_a_calibration_says_so_and_is_offered_where_there_is_one() {
    PlanEditor editor(full_size(), preset("all-base", Precision::fp32, false));
    Panel panel(editor);
    panel.revealLayer(kLayer);
    panel.click(kLayer);
    QVERIFY(!entry(open_menu(), "gptq").isEnabled());
    QVERIFY2(entry(open_menu(), "gptq").toolTip().contains("needs a calibration"),
             qPrintable(entry(open_menu(), "gptq").toolTip()));
    open_menu().close();
    const QTemporaryDir folder;
    editor.setCalibration(
        octet::test::calibration_with(folder.filePath("x").toStdString(), {{kLayer, {1.0F}}}));
    QVERIFY(choose(panel, kLayer, "gptq"));
    QVERIFY(effective(editor, kLayer).method == Method::gptq);
    QVERIFY(!choose(panel, "mel2wav.ups.1", "gptq"));  // of which it has nothing
    // Plans do not say which calibration they take: without it the layer is as its base.
    editor.setCalibration({});
    QVERIFY(effective(editor, kLayer).storage == Precision::fp32);
    QCOMPARE(editor.undoStack()->count(), 1);
  }

  // Not by colour: the bar of fp32 is four times as high as that of int8.
  void precisions_differ_by_shape() {
    PlanEditor editor(full_size(), preset("all-base", Precision::fp32, false));
    Panel panel(editor);
    panel.revealLayer(kLayer);
    const auto inked = [&] {
      panel.view().clearSelection();
      const auto picture =
          panel.view().viewport()->grab(panel.view().visualRect(panel.cell(kLayer))).toImage();
      constexpr int kBarEnd = 16;
      const auto ground = picture.pixel(1, 1);
      int rows = 0;
      for (int y = 0; y < picture.height(); ++y) rows += picture.pixel(kBarEnd / 2, y) != ground ? 1 : 0;
      return rows;
    };
    const int fp32 = inked();
    editor.choose({kLayer}, {.precision = Precision::int8});
    QVERIFY(inked() > 0);
    QCOMPARE(fp32, 4 * inked());
  }

  void every_layer_that_a_plan_decides_about_is_told_in_words() {
    for (const auto& layer : full_size()->layers())
      if (layer.quantizable()) QVERIFY2(!place_in_words(layer.name).isEmpty(), layer.name.c_str());
    QCOMPARE(place_in_words("flow.decoder.estimator.mid_blocks.7.1.3.ff.net.0.proj"),
             QString("feed-forward of transformer block 3, middle stage 7"));
    QCOMPARE(place_in_words("flow.decoder.estimator.down_blocks.0.1.2.attn1.to_out.0"),
             QString("output of self-attention, transformer block 2, first stage 0"));
    QCOMPARE(place_in_words("nowhere.0"), QString());
    QCOMPARE(breadcrumb("flow.encoder"), QString("flow › encoder"));
  }
};

QTEST_MAIN(PrecisionMenuTest)
#include "test_precision_menu.moc"
