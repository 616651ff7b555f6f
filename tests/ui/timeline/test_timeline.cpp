#include <QSignalSpy>
#include <QTest>

#include "ui/timeline/timeline.h"

using namespace octet::ui;

class TimelineTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void what_is_seen_stays_within_the_sound() {
    Timeline timeline;
    timeline.setDuration(4);
    QCOMPARE(timeline.visible(), (TimeSpan{0, 4}));
    QSignalSpy moved(&timeline, &Timeline::visibleChanged);
    timeline.show({1, 2});
    timeline.show({1, 2});
    QCOMPARE(moved.size(), 1);
    timeline.show({3.5, 5});
    QCOMPARE(timeline.visible(), (TimeSpan{2.5, 4}));
    timeline.show({2, 2});  // nothing cannot be seen
    QCOMPARE(timeline.visible().length(), Timeline::kShortest);
    timeline.zoom(1e6, 2);
    QCOMPARE(timeline.visible(), (TimeSpan{0, 4}));
  }

  void zooming_keeps_the_time_under_the_mouse() {
    Timeline timeline;
    timeline.setDuration(4);
    timeline.zoom(0.5, 1);
    QCOMPARE(timeline.visible(), (TimeSpan{0.5, 2.5}));
    timeline.move(-0.1);
    QCOMPARE(timeline.visible(), (TimeSpan{0.3, 2.3}));
  }

  // An edit makes runs of another length: who looked at all sees all, who looked closely stays there.
  void another_length_keeps_what_is_seen() {
    Timeline timeline;
    timeline.setDuration(4);
    timeline.setDuration(5);
    QCOMPARE(timeline.visible(), (TimeSpan{0, 5}));
    timeline.show({1, 2});
    timeline.setDuration(4);
    QCOMPARE(timeline.visible(), (TimeSpan{1, 2}));
    timeline.setDuration(1.5);
    QCOMPARE(timeline.visible(), (TimeSpan{0.5, 1.5}));
  }

  // The worst first, then the next worse, round and round; heard a little before, so that it is heard to
  // come.
  void markers_are_gone_to_in_their_order() {
    Timeline timeline;
    timeline.setDuration(4);
    QSignalSpy sought(&timeline, &Timeline::seekRequested);
    const auto went = [&](int by) {
      timeline.stepMarker(by);
      return sought.isEmpty() ? -1 : sought.takeLast()[0].toDouble();
    };
    QCOMPARE(went(1), -1);  // there are none
    timeline.setMarkers({3, 0.1, 2});
    QCOMPARE(went(1), 3 - Timeline::kLeadIn);
    QCOMPARE(went(1), 0.0);
    QCOMPARE(went(1), 2 - Timeline::kLeadIn);
    QCOMPARE(went(1), 3 - Timeline::kLeadIn);
    QCOMPARE(went(-1), 2 - Timeline::kLeadIn);
    timeline.setMarkers({1, 2});  // of another clip
    QCOMPARE(went(-1), 2 - Timeline::kLeadIn);
    timeline.setMarkers({2, 1});
    QCOMPARE(went(1), 2 - Timeline::kLeadIn);
    timeline.goToMarker(0);
    QCOMPARE(went(1), 1 - Timeline::kLeadIn);
  }

  void a_marker_that_is_gone_to_is_seen() {
    Timeline timeline;
    timeline.setDuration(4);
    timeline.setMarkers({3, 0.9});
    timeline.show({0, 1});
    timeline.stepMarker(1);
    QCOMPARE(timeline.visible(), (TimeSpan{2.5, 3.5}));
    timeline.stepMarker(1);
    QCOMPARE(timeline.visible(), (TimeSpan{0.4, 1.4}));
    timeline.show({0.2, 1.2});
    timeline.goToMarker(1);  // it is seen already
    QCOMPARE(timeline.visible(), (TimeSpan{0.2, 1.2}));
  }
};

QTEST_GUILESS_MAIN(TimelineTest)
#include "test_timeline.moc"
