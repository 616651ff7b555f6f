#include <QLabel>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTreeWidget>
#include <QtTest>
#include <fstream>

#include "core/plan/size.h"
#include "core/synthesis/stream_file.h"
#include "tests/demo_voice.h"
#include "ui/export/export_parts.h"
#include "ui/export/streams_dialog.h"

using namespace octet;
using namespace octet::ui;

class TestStreamsDialog : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;
  std::unique_ptr<Lanes> lanes_;
  std::unique_ptr<StreamsDialog> dialog_;

  static ResolvedPlan seed() {
    return resolve(test::plan_of("seed", Precision::bf16), test::demo_checkpoint()->layers());
  }
  QString said() const { return dialog_->findChild<QLabel*>("streamsSaid")->text(); }
  bool idle() const { return dialog_->findChild<QPushButton*>("measureStreams")->isEnabled(); }
  QTreeWidget& table() const { return *dialog_->findChild<QTreeWidget*>("streamsTable"); }

  std::filesystem::path written(const std::string& plan) const {
    const std::vector<std::string> speaking{"flow", "mel2wav"};
    const auto stored = plan_size(test::demo_checkpoint()->layers(), seed(), speaking).total().bytes;
    const StreamMeasures measures{"Some GPU",
                                  {{plan,
                                    stored,
                                    {{5, 4, 1, 2, 1'000'000'000, 3, 500'000'000},
                                     {.seconds = 30, .clips = 16, .failed = "needs 9 GB"}}}}};
    const auto path = std::filesystem::path(folder_.path().toStdString()) / (plan + ".json");
    std::ofstream(path) << format_streams(measures);
    return path;
  }

 private Q_SLOTS:
  void init() {
    lanes_ = std::make_unique<Lanes>();
    dialog_ = std::make_unique<StreamsDialog>(test::demo_checkpoint(), seed(), *lanes_, "cpu");
  }
  void cleanup() {
    dialog_.reset();
    lanes_.reset();
  }

  /// Four clips a process of 1.5 GB.
  void what_a_gpu_measured_becomes_clips_at_once() {
    dialog_->read(written("seed bf16"));
    QVERIFY(!idle());
    QTRY_VERIFY(idle());
    QVERIFY2(said().startsWith("Measured on Some GPU"), qPrintable(said()));
    QVERIFY2(said().contains("needs 9 GB"), qPrintable(said()));
    QCOMPARE(table().topLevelItemCount(), 2);
    const auto& row = *table().topLevelItem(0);
    QCOMPARE(row.text(2), megabytes(1'500'000'000));
    QCOMPARE(row.text(3), QString("16 (4.5 GB)"));    // 6 GB
    QCOMPARE(row.text(8), QString("212 (78.5 GB)"));  // 80 GB
    QCOMPARE(table().topLevelItem(1)->text(2), QString("not measured"));
  }

  void another_plans_measures_are_refused_by_name() {
    dialog_->read(written("all-base bf16"));
    QTRY_VERIFY(idle());
    QVERIFY2(said().contains("no plan seed bf16") && said().contains("Try this"), qPrintable(said()));
    QCOMPARE(table().topLevelItemCount(), 0);
  }

  void a_processor_says_where_to_measure() {
    dialog_->findChild<QPushButton*>("measureStreams")->click();
    QTRY_VERIFY(idle());
    QVERIFY2(said().startsWith("Memory of a GPU") && said().contains("--json"), qPrintable(said()));
  }

  void a_dialog_that_is_closed_while_it_waits_is_no_trouble() {
    dialog_->measure();
    dialog_.reset();
    QTRY_COMPARE(lanes_->device.pending(), 0);
  }
};

QTEST_MAIN(TestStreamsDialog)
#include "test_streams_dialog.moc"
