// What the window tells of one layer, on the demo voice.

#include <QComboBox>
#include <QLabel>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTest>
#include <algorithm>

#include "core/quant/methods.h"
#include "core/synthesis/weight_error.h"
#include "tests/calibration_with.h"
#include "tests/demo_voice.h"
#include "tests/paper_checkpoint.h"
#include "tests/ui/screen_reader.h"
#include "ui/inspector/channels_chart.h"
#include "ui/inspector/inputs_chart.h"
#include "ui/inspector/layer_inspector.h"
#include "ui/inspector/weights_chart.h"

using namespace octet;
using namespace octet::ui;
using octet::test::demo_checkpoint;

namespace {

constexpr auto kLayer = "mel2wav.resblocks.0.convs1.0";

int number_of(const Checkpoint& checkpoint, std::string_view name) {
  return static_cast<int>(std::ranges::find(checkpoint.layers(), name, &Layer::name) -
                          checkpoint.layers().begin());
}

/// An inspector of a plan that has two layers of the vocoder in int8.
struct Inspected {
  explicit Inspected(std::shared_ptr<const Checkpoint> checkpoint = demo_checkpoint())
      : editor(std::move(checkpoint), octet::test::plan_of("seed", Precision::bf16)) {
    inspector.resize(320, 700);
    inspector.setEditor(&editor, 1);
  }
  void look(std::string_view layer) { inspector.setLayer(number_of(editor.checkpoint(), layer)); }
  bool measured() { return lane.pending() == 0 && !chart<WeightsChart>().isEmpty(); }
  template <typename Chart>
  Chart& chart() {
    return *inspector.findChild<Chart*>();
  }
  QString summary() { return inspector.findChild<QLabel*>("inspectedSummary")->text(); }
  QComboBox& ways() { return *inspector.findChild<QComboBox*>("inspectedAs"); }
  void choose(const QString& way) {
    ways().setCurrentIndex(ways().findText(way));
    Q_EMIT ways().activated(ways().currentIndex());
  }

  JobRunner lane;
  PlanEditor editor;
  LayerInspector inspector{lane};
};

QString decibels(std::string_view layer, const Recipe& recipe) {
  return decibel_text(
      int8_weight_error(*demo_checkpoint(), *demo_checkpoint()->find(layer), recipe).decibels());
}

}  // namespace

class LayerInspectorTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void it_tells_what_the_plan_does_to_the_layer() {
    Inspected seen;
    seen.inspector.show();
    seen.look(kLayer);
    QTRY_VERIFY(seen.measured());
    const auto plain = decibels(kLayer, {.storage = Precision::int8});
    QVERIFY2(seen.summary().contains(plain), qPrintable(seen.summary() + " lacks " + plain));
    QCOMPARE(seen.ways().currentIndex(), 0);
    QVERIFY(seen.inspector.findChild<QLabel*>("inspectedLayer")->text().contains("residual block 0"));
    seen.editor.choose({kLayer}, {.precision = Precision::fp32});
    QTRY_VERIFY(seen.measured());
    QVERIFY2(seen.summary().startsWith("Nothing is lost."), qPrintable(seen.summary()));
    seen.editor.undoStack()->undo();
    QVERIFY(seen.measured());  // it was known
    QVERIFY(seen.summary().contains(plain));
  }

  void the_worst_channels_are_named_first() {
    Inspected seen;
    seen.inspector.show();
    seen.look(kLayer);
    QTRY_VERIFY(seen.measured());
    const auto profile =
        profile_layer(*demo_checkpoint(), *demo_checkpoint()->find(kLayer), {.storage = Precision::int8});
    const auto worst = worst_channels(profile.weight, 8);
    const auto& table = seen.chart<ChannelsChart>().table();
    QVERIFY(table.rowCount() >= 8);
    QVERIFY2(seen.summary().contains("No output channel's range stands out."), qPrintable(seen.summary()));
    for (int row = 0; row < 8; ++row) {
      const auto channel = worst[static_cast<std::size_t>(row)];
      QCOMPARE(table.item(row, 0)->text(), QString::number(channel));  // no range of this layer stands out
      QCOMPARE(table.item(row, 1)->text(), decibel_text(profile.weight.channels[channel].error.decibels()));
    }
  }

  /// What another way would do is looked at; nothing is decided by that.
  void other_ways_are_tried_without_a_change_of_the_plan() {
    Inspected seen;
    seen.inspector.show();
    seen.look(kLayer);
    const auto before = seen.editor.plan();
    seen.choose("int8 weight-only group=32");
    QTRY_VERIFY(seen.measured());
    const Recipe grouped{.storage = Precision::int8, .options = R"({"group":32})"};
    QVERIFY2(seen.summary().contains(decibels(kLayer, grouped)), qPrintable(seen.summary()));
    QVERIFY(decibels(kLayer, grouped) != decibels(kLayer, {.storage = Precision::int8}));
    QVERIFY(seen.editor.plan() == before);
    const auto next = "mel2wav.resblocks.0.convs1.1";
    seen.look(next);  // and the next layer is seen so, too
    QTRY_VERIFY(seen.measured());
    QVERIFY2(seen.summary().contains(decibels(next, grouped)), qPrintable(seen.summary()));
  }

  void nothing_is_measured_for_nobody() {
    Inspected seen;
    seen.look(kLayer);
    QCOMPARE(seen.lane.pending(), 0);
    seen.inspector.show();
    QTRY_VERIFY(seen.measured());
  }

  void the_layer_asked_for_last_is_the_one_that_is_seen() {
    Inspected seen;
    seen.inspector.show();
    for (const auto& layer : demo_checkpoint()->layers())
      if (layer.quantizable()) seen.look(layer.name);
    seen.look(kLayer);
    QTRY_VERIFY(seen.measured());
    const auto plain = decibels(kLayer, {.storage = Precision::int8});
    QVERIFY2(seen.summary().contains(plain), qPrintable(seen.summary()));
  }

  void what_has_no_matrix_and_what_fails_is_said() {
    Inspected seen(octet::test::full_size());
    seen.inspector.show();
    const auto hint = [&] { return seen.chart<WeightsChart>().hint(); };
    seen.look("speaker_encoder.head.bn1");
    QVERIFY2(hint().contains("no weights that int8"), qPrintable(hint()));
    seen.look(kLayer);
    const test::ScreenReader reader;
    QTRY_VERIFY2(hint().contains("there are no weights"), qPrintable(hint()));
    QVERIFY2(reader.heard("there are no weights"), reader.words());
    seen.inspector.setLayer(-1);
    QVERIFY2(hint().contains("Choose a layer"), qPrintable(hint()));
  }

  void inputs_beyond_the_threshold_are_outliers() {
    const auto& layer = *demo_checkpoint()->find("flow.encoder_proj");
    std::vector<float> largest(static_cast<std::size_t>(layer.weight().shape[1]), 1);
    largest[3] = 40;
    largest[5] = 6;
    const QTemporaryDir folder;
    Inspected seen;
    seen.inspector.show();
    seen.look(layer.name);
    QTRY_VERIFY(seen.measured());
    QVERIFY(seen.chart<InputsChart>().hint().contains("no calibration"));
    seen.editor.setCalibration(
        octet::test::calibration_of(folder.filePath("heard").toStdString(), layer, 0, largest));
    QTRY_VERIFY(seen.measured());
    QVERIFY2(seen.summary().contains(QString("2 of %1 input features reach 6").arg(largest.size())),
             qPrintable(seen.summary()));
    const auto& table = seen.chart<InputsChart>().table();
    QCOMPARE(table.item(0, 0)->text(), "3  outlier");
    QCOMPARE(table.item(1, 0)->text(), "5  outlier");
    QCOMPARE(table.item(2, 0)->text(), "0");
    QCOMPARE(table.item(0, 2)->text(), "40 ×");
    // What needs one can be looked at now.
    QVERIFY(seen.ways().findText("int8 gptq") > 0);
  }

  void integers_of_a_file_are_seen_as_they_are() {
    auto layer = *demo_checkpoint()->find(kLayer);
    const Resolution planned{{.storage = Precision::int8}, {.storage = Precision::int8}};
    QVERIFY(ways_to_see(layer, planned, nullptr).size() > 3);
    layer.stored = Precision::int8;
    QCOMPARE(ways_to_see(layer, planned, nullptr).size(), 1U);
  }
};

QTEST_MAIN(LayerInspectorTest)
#include "test_layer_inspector.moc"
