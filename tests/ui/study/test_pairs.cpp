// Pairs of layers from the window: the command line's file, their picture by mouse and keys, and where they
// lead.

#include <QComboBox>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QSignalSpy>
#include <QSpinBox>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTreeView>
#include <QtTest>
#include <cmath>

#include "core/study/pairs_file.h"
#include "core/study/sensitivity_file.h"
#include "tests/cli/octet_process.h"
#include "tests/demo_voice.h"
#include "tests/study/pretended_study.h"
#include "tests/ui/workbench/started.h"
#include "ui/model_tree/layer_filter.h"
#include "ui/model_tree/layer_tree_model.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/study/pairs_chart.h"
#include "ui/study/pairs_dialog.h"
#include "ui/study/pairs_question.h"
#include "ui/workbench/message_bar.h"

using namespace octet;
using namespace octet::test;
using namespace octet::ui;

namespace {

/// Of which one is left out, as it is the only one of its kind.
constexpr auto kLayers = "{flow.encoder_proj,flow.spk_embed_affine_layer,mel2wav.conv_pre}";

/// Three layers of the flow, whose second pair interacts most, and two of the vocoder, one of which failed.
LayerPairs pretended() {
  const std::vector<std::string> names{"flow.encoder_proj", "flow.spk_embed_affine_layer",
                                       "flow.encoder.embed.out.0", "mel2wav.conv_pre", "mel2wav.conv_post"};
  LayerPairs study;
  for (const auto& name : names) {
    const auto kind = damage_kind(*demo_checkpoint()->find(name));
    study.layers.push_back({name, {}, kind, 0, 0, 0.01, {{0.01}}});
    study.subject.question.layers.push_back({name, {}});
  }
  study.pairs = {
      {names[0], names[1], DamageKind::mel, 0.0142, 0.0141, 0.01, {0.0142}},
      {names[0], names[2], DamageKind::mel, 0.012, 0.0141, -0.28, {0.012}},
      {names[1], names[2], DamageKind::mel, 0.015, 0.0141, 0.13, {0.015}},
      {names[3], names[4], DamageKind::spectrum, std::nan(""), 0.0141, std::nan(""), {}, "it gives NaN"}};
  study.entries = 9;
  study.subject.checkpoint_sha256 = demo_checkpoint()->source_sha256();
  return study;
}

PairsRequest request_of(const Workbench& workbench, const std::string& layers, const QString& result) {
  return {.clips = {workbench.clips().at(0)},
          .seconds = 0.5,
          .layers = layers,
          .most = 8,
          .result = result.toStdString()};
}

/// A picture that is seen.
struct Shown {
  PairsDialog dialog{std::make_shared<const LayerPairs>(pretended()), "p.json"};
  QSignalSpy taken{&dialog, &PairsDialog::layersChosen};

  Shown() {
    dialog.show();
    if (!QTest::qWaitForWindowActive(&dialog)) qFatal("no picture is shown");
  }
  PairsChart& chart() { return *dialog.findChild<PairsChart*>(); }
  QStringList names(int time) { return taken.at(time)[0].toStringList(); }
};

}  // namespace

class PairsTest : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  QString in(const char* name) const { return folder_.filePath(name); }

  /// As if it had been studied.
  QString study() const {
    const auto file = in("study.json");
    write_bytes(path_of(file), to_json(pretended_study(*demo_checkpoint())));
    return file;
  }
  void studied(Workbench& workbench) const {
    QSignalSpy shown(&workbench, &Workbench::studyShown);
    workbench.openSensitivity(path_of(study()));
    if (!shown.wait(kPatience)) qFatal("the study does not open");
  }

 private Q_SLOTS:
  void initTestCase() {
    QStandardPaths::setTestModeEnabled(true);
    QCoreApplication::setOrganizationName("octet-test");
  }

  /// The same file as the command line's, to the byte, and it goes on where it was left.
  void pairs_are_those_of_the_command_line() {
    const auto workbench = opened();
    studied(*workbench);
    QSignalSpy shown(workbench.get(), &Workbench::pairsShown);
    const auto asked = request_of(*workbench, kLayers, in("window.json"));
    workbench->studyPairs(asked);
    QVERIFY(shown.wait(kPatience));
    const auto whole = content(in("window.json"));
    QCOMPARE(shown[0][1].toString(), "window.json");
    QVERIFY(QDir(folder_.path()).mkpath("clips"));
    const auto clip = QString::fromStdString(workbench->clips()[0].path.string());
    QVERIFY(QFile::copy(clip, in("clips/") + QFileInfo(clip).fileName()));
    COMPARE_RUN(run_octet({"study", "pairs", kDemoCheckpoint, "--sensitivity", study(), "--clips",
                           in("clips"), "--seconds", "0.5", "--layers", kLayers, "--steps", "1", "--device",
                           "cpu", "--threads", "1", "-o", in("command.json")}),
                0, "");
    QCOMPARE(whole, content(in("command.json")));

    auto half = parse_pairs(whole.toStdString(), "p");
    QCOMPARE(half.pairs.size(), std::size_t{1});
    half.pairs.clear();
    write_bytes(path_of(in("window.json")), to_json(half));
    workbench->studyPairs(asked);
    QVERIFY(shown.wait(kPatience));
    QCOMPARE(content(in("window.json")), whole);
    QVERIFY(!QFile::exists(in("window.json.lock")));
  }

  void what_cannot_be_paired_is_told_and_nothing_is_written() {
    const auto workbench = opened();
    studied(*workbench);
    QSignalSpy problem(workbench.get(), &Workbench::problem);
    workbench->studyPairs(request_of(*workbench, "flow.encoder_proj", in("none.json")));
    QVERIFY(problem.wait(kPatience));
    QVERIFY2(problem[0][0].toString().contains("no two layers of one kind"),
             qPrintable(problem[0][0].toString()));
    QVERIFY(!QFile::exists(in("none.json")));
    auto other = pretended();
    other.subject.checkpoint_sha256 = "another";
    write_bytes(path_of(in("other.json")), to_json(other));
    workbench->openPairs(path_of(in("other.json")));
    QVERIFY(problem.wait(kPatience));
    QVERIFY(problem[1][0].toString().contains("is of another checkpoint"));
  }

  void those_that_interact_most_stand_first() {
    Shown shown;
    const auto& table = shown.chart().table();
    QCOMPARE(table.rowCount(), 3);
    QCOMPARE(table.item(0, 0)->text(), "encoder_proj");
    QCOMPARE(table.item(0, 1)->text(), "encoder.embed.out.0");
    QVERIFY(table.item(0, 4)->text().endsWith("0.280") && table.item(1, 4)->text().startsWith('+'));
    const auto said = PairsChart::description(shown.chart().pairs()[0]);
    for (const auto* what : {"flow.encoder_proj", "1.2", "1.41", "0.280"})
      QVERIFY2(said.contains(what), qPrintable(said));
    auto& kind = *shown.dialog.findChild<QComboBox*>("pairsKind");
    QCOMPARE(kind.count(), 2);
    kind.setCurrentIndex(1);
    QCOMPARE(table.rowCount(), 1);
    QCOMPARE(table.item(0, 2)->text(), "it gives NaN");
  }

  void a_click_on_either_cell_takes_the_pair() {
    Shown shown;
    auto& plot = shown.chart().plot();
    plot.replot();
    const auto cell = shown.chart().place(1);
    const QPointF mirrored(plot.xAxis->coordToPixel(plot.yAxis->pixelToCoord(cell.y())),
                           plot.yAxis->coordToPixel(plot.xAxis->pixelToCoord(cell.x())));
    QVERIFY(mirrored != cell);
    const QStringList names{"flow.spk_embed_affine_layer", "flow.encoder.embed.out.0"};
    for (const auto& place : {cell, mirrored}) QTest::mouseClick(&plot, Qt::LeftButton, {}, place.toPoint());
    QCOMPARE(shown.taken.size(), 2);
    for (int time : {0, 1}) QCOMPARE(shown.names(time), names);
    QCOMPARE(shown.chart().table().currentRow(), 1);
    const QPointF diagonal(plot.xAxis->coordToPixel(0), plot.yAxis->coordToPixel(0));
    QTest::mouseClick(&plot, Qt::LeftButton, {}, diagonal.toPoint());
    QTest::mouseClick(&plot, Qt::LeftButton, {}, QPoint(1, 1));
    QCOMPARE(shown.taken.size(), 2);
  }

  void the_arrow_keys_go_along_them_and_enter_takes() {
    Shown shown;
    QVERIFY(QApplication::focusWidget() == &shown.chart().table());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Down);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Down);
    QCOMPARE(shown.chart().chosen(), 2);
    QVERIFY(shown.taken.isEmpty());
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Return);
    QCOMPARE(shown.names(0), QStringList({"flow.encoder_proj", "flow.spk_embed_affine_layer"}));
    QVERIFY(shown.dialog.isVisible());
  }

  /// Though it was made to show others.
  void a_file_that_is_dropped_is_shown_and_a_pair_is_found_in_the_tree() {
    Started started;
    started.workbench().openDemo();
    TRY(started.workbench().checkpoint() != nullptr);
    auto study = pretended();
    study.pairs.pop_back();
    write_bytes(path_of(in("shown.json")), to_json(study));
    started.window.open({in("shown.json")});
    TRY(started.window.findChild<PairsDialog*>());
    QVERIFY(started.window.messages().isVisible());  // one is not measured
    auto& tree = started.window.modelTree();
    tree.findChild<QLineEdit*>("layerSearch")->setText("mel2wav.conv_p");
    auto& chart = *started.window.findChild<PairsChart*>();
    QTest::keyClick(&const_cast<QTableWidget&>(chart.table()), Qt::Key_Return);
    std::set<std::string> selected;
    const auto& layers = demo_checkpoint()->layers();
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const auto row = tree.filter().mapFromSource(tree.model().indexOfLayer(static_cast<int>(i)));
      if (tree.view().selectionModel()->isSelected(row)) selected.insert(layers[i].name);
    }
    QCOMPARE(selected, (std::set<std::string>{"flow.encoder_proj", "flow.encoder.embed.out.0"}));
  }

  void the_dialog_asks_for_what_was_chosen() {
    std::vector<Clip> clips;
    for (const auto* name : {"a", "b", "c", "d"}) clips.push_back({name, name});
    PairsQuestionDialog dialog(*demo_checkpoint(), clips, layer_scopes(demo_checkpoint()->layers(), {}));
    std::vector<PairsRequest> asked;
    connect(&dialog, &PairsQuestionDialog::asked, this,
            [&](const PairsRequest& request) { asked.push_back(request); });
    dialog.show();
    auto* list = dialog.findChild<QListWidget*>("studyClips");
    auto* start = dialog.findChild<QPushButton*>("startStudy");
    for (int row = 0; row < 3; ++row) list->item(row)->setCheckState(Qt::Unchecked);
    QVERIFY(!start->isEnabled());
    list->item(3)->setCheckState(Qt::Checked);
    dialog.findChild<QSpinBox*>("pairsMost")->setValue(5);
    dialog.findChild<QLineEdit*>("studyPlace")->setText(in("p.json"));
    start->click();
    QCOMPARE(asked.size(), std::size_t{1});
    QCOMPARE(asked[0].clips, std::vector<Clip>{clips[3]});
    QCOMPARE(asked[0].layers, std::string("*"));
    QCOMPARE(asked[0].seconds, 1.5);
    QCOMPARE(asked[0].most, std::size_t{5});
    QCOMPARE(asked[0].result, path_of(in("p.json")));
  }

  void without_a_study_it_is_said_where_one_comes_from() {
    Started started;
    started.workbench().openDemo();
    TRY(started.workbench().checkpoint() != nullptr);
    started.window.askToStudyPairs();
    QVERIFY(!started.window.findChild<PairsQuestionDialog*>());
    QVERIFY(started.window.messages().isVisible());
    studied(started.workbench());
    started.window.askToStudyPairs();
    QVERIFY(started.window.findChild<PairsQuestionDialog*>());
  }
};

QTEST_MAIN(PairsTest)
#include "test_pairs.moc"
