// The list of jobs, as it is seen.

#include <QTest>
#include <QTreeWidget>

#include "core/error.h"
#include "ui/jobs/jobs_panel.h"
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
    panel.watch(lane);
    panel.show();
    lane.run(
        "good", this, [](const JobControl&) { return 0; }, [](int) {});
    lane.run(
        "bad", this, [](const JobControl&) -> int { throw Error(ErrorKind::input, "no file"); }, [](int) {});
    QTRY_COMPARE(lane.pending(), 0);
    const auto& rows = *panel.findChild<QTreeWidget*>("jobs");
    QCOMPARE(rows.topLevelItemCount(), 2);
    for (const auto appearance : {Appearance::light, Appearance::dark, Appearance::light}) {
      apply_appearance(appearance);
      QCoreApplication::processEvents();
      for (int column : {0, 1, 3})
        QCOMPARE(rows.topLevelItem(0)->foreground(column).color(), colours().muted);
      QCOMPARE(rows.topLevelItem(1)->foreground(1).color(), colours().negative);
    }
  }
};

QTEST_MAIN(JobsPanelTest)
#include "test_jobs_panel.moc"
