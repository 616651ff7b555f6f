// The list of jobs, as it is seen.

#include <QLabel>
#include <QSignalSpy>
#include <QTest>
#include <QTreeView>
#include <semaphore>

#include "core/error.h"
#include "ui/jobs/jobs_panel.h"
#include "ui/jobs/jobs_status.h"
#include "ui/theme/theme.h"

using namespace octet;
using namespace octet::ui;

class JobsPanelTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // Rows are written once and read long: under either palette.
  void what_ended_follows_light_and_dark() {
    apply_appearance(Appearance::dark);
    JobRunner lane;
    JobsPanel panel;
    auto& model = panel.model();
    model.watch(lane);
    panel.show();
    lane.run(
        "good", this, [](const JobControl&) { return 0; }, [](int) {});
    lane.run(
        "bad", this, [](const JobControl&) -> int { throw Error(ErrorKind::input, "no file"); }, [](int) {});
    QTRY_COMPARE(lane.pending(), 0);
    QCOMPARE(model.rowCount(), 2);
    const auto colour_of = [&](int row, int column) {
      return model.index(row, column).data(Qt::ForegroundRole).value<QColor>();
    };
    for (const auto appearance : {Appearance::light, Appearance::dark, Appearance::light}) {
      apply_appearance(appearance);
      QCoreApplication::processEvents();
      for (int column : {0, 1, 3}) QCOMPARE(colour_of(0, column), colours().muted);
      QCOMPARE(colour_of(1, 1), colours().negative);
    }
    QCOMPARE(model.index(1, JobsModel::kStage).data().toString(), QString("failed: no file"));
  }

  // Flow of the second job says more than that the first ended, and nothing it says is less than before.
  void how_far_a_group_is_rises_with_the_stages_of_its_jobs() {
    JobRunner lane;
    JobGroup group(lane);
    JobsModel model;
    model.watch(lane);
    model.watch(group);
    std::counting_semaphore<> go{0};
    group.run(
        "read", this, [&](const JobControl&) { return go.acquire(), 0; }, [](int) {});
    group.run(
        "speak", this,
        [&](const JobControl& control) {
          for (const auto& progress :
               {Progress{"loading weights", 9, 10}, Progress{"encoder", 0, 1}, Progress{"flow", 0, 10},
                Progress{"flow", 7, 10}, Progress{"vocoder", 1, 2}, Progress{"a word of its own", 0, 9}}) {
            control.at(progress);
            go.acquire();
          }
          return 0;
        },
        [](int) {});
    const auto percent = [&] {
      const auto row = model.index(0, 0);
      return 100 * row.data(JobsModel::kDoneRole).toInt() / row.data(JobsModel::kTotalRole).toInt();
    };
    QCOMPARE(percent(), 0);
    go.release();
    QTRY_COMPARE(model.index(0, JobsModel::kStage).data().toString(), "loading weights, 9 of 10");
    QCOMPARE(percent(), 50);
    QCOMPARE(model.index(0, JobsModel::kProgress).data(Qt::AccessibleTextRole).toString(), "50 %");
    int before = 50;
    for (const auto* stage : {"encoder, 0 of 1", "flow, 0 of 10", "flow, 7 of 10", "vocoder, 1 of 2"}) {
      go.release();
      QTRY_COMPARE(model.index(0, JobsModel::kStage).data().toString(), stage);
      QVERIFY2(percent() > before || QLatin1String(stage).startsWith(QLatin1String("encoder")), stage);
      before = percent();
    }
    QVERIFY2(before > 90 && before < 100, qPrintable(QString::number(before)));
    go.release();
    QTRY_COMPARE(model.index(0, JobsModel::kStage).data().toString(), "a word of its own, 0 of 9");
    QCOMPARE(percent(), before);
    go.release();
    QTRY_COMPARE(lane.pending(), 0);
  }

  // Three jobs that were asked for as one thing are one line, which counts them, and one cross stops them.
  void a_group_is_one_line_and_is_cancelled_as_one() {
    JobRunner lane;
    JobGroup group(lane);
    JobsPanel panel;
    panel.resize(600, 200);
    auto& model = panel.model();
    model.watch(lane);
    model.watch(group);
    QSignalSpy active(&group, &JobGroup::activeChanged);
    QSignalSpy began(&lane, &JobRunner::started);
    std::binary_semaphore first{0};
    group.setTitle("all clips");
    int done = 0;
    group.run(
        "one", this, [&](const JobControl&) { return first.acquire(), 0; }, [&](int) { ++done; });
    for (const auto* name : {"two", "three"})
      group.run(
          name, this,
          [](const JobControl& control) {
            return control.at({"", 0, 0}), 0;
          },
          [&](int) { ++done; });
    lane.run(
        "another's", this, [](const JobControl&) { return 0; }, [&](int) { ++done; });
    QCOMPARE(model.rowCount(), 2);
    QCOMPARE(model.index(0, JobsModel::kTitle).data().toString(), QString("all clips"));
    QCOMPARE(model.index(0, 0).data(JobsModel::kTotalRole).toInt(), 3 * JobsModel::kJobParts);
    JobsStatus status(model);
    const auto& now = *status.findChild<QLabel*>("jobsNow");

    panel.show();
    QVERIFY(QTest::qWaitForWindowExposed(&panel));
    auto& table = *panel.findChild<QTreeView*>("jobs");
    const auto cross = table.visualRect(model.index(0, JobsModel::kCancel)).center();
    QTRY_COMPARE(began.size(), 1);  // one that is cancelled before would not run at all
    QVERIFY2(now.text().startsWith("one  ·"), qPrintable(now.text()));  // which of them it is
    QCOMPARE(now.toolTip(), "all clips");
    QTest::mouseClick(table.viewport(), Qt::LeftButton, {}, cross);
    first.release();
    QTRY_COMPARE(lane.pending(), 0);
    QCOMPARE(done, 2);  // the one that ran to its end, and the other person's
    QCOMPARE(model.index(0, JobsModel::kStage).data().toString(), QString("cancelled"));
    QVERIFY(!model.index(0, 0).data(JobsModel::kOpenRole).toBool());
    QCOMPARE(active.size(), 2);
    QVERIFY(!group.active());
    QCOMPARE(now.text(), QString("Nothing is being done."));
  }
};

QTEST_MAIN(JobsPanelTest)
#include "test_jobs_panel.moc"
