// What is seen of the tracks, and read of them where the mouse points.

#include <QApplication>
#include <QCheckBox>
#include <QLabel>
#include <QTest>
#include <cmath>

#include "tests/ui/listen/fake_sound.h"
#include "tests/ui/wheel.h"
#include "ui/listen/level_readout.h"
#include "ui/listen/listen_panel.h"
#include "ui/theme/theme.h"

namespace {

using namespace octet;
using namespace octet::ui;
using octet::test::FakeSound;
using octet::test::turn_wheel;

/// A second of plus and minus `amplitude`.
std::shared_ptr<const Run> square(const QString& name, float amplitude) {
  auto made = std::make_shared<Run>();
  made->name = made->plan = name;
  made->clip = "clip";
  made->key.slot = name.front().unicode() - 'A';
  for (int i = 0; i < kSampleRate; ++i)
    made->synthesis.waveform.push_back(i / 10 % 2 ? amplitude : -amplitude);
  return made;
}

/// How many pixels of a lane's column are painted by a wave of A.
int painted(const WaveformView& view, const QImage& image, double seconds) {
  const QRect lane = view.lane(0);
  int count = 0;
  for (int y = lane.top() + 2; y < lane.bottom() - 1; ++y) {
    const QColor colour = image.pixelColor(static_cast<int>(view.xOf(seconds)), y);
    count += colour.blue() > colour.red() + 40;
  }
  return count;
}

}  // namespace

class WaveformViewTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // The loudest sample of a lane reaches as high as its share of full scale.
  void the_waveform_is_as_high_as_the_sound() {
    apply_appearance(Appearance::light);
    Timeline timeline;
    ListenPanel panel(timeline, std::make_unique<FakeSound>());
    panel.resize(800, 320);
    auto square = std::make_shared<Run>();
    square->name = "A";
    square->clip = "clip";
    square->synthesis.waveform.assign(kSampleRate, 0.f);
    for (std::size_t i = 12000; i < 24000; ++i) square->synthesis.waveform[i] = i / 10 % 2 ? 0.5f : -0.5f;
    panel.setRuns({square});
    panel.show();
    auto& view = *panel.findChild<WaveformView*>();
    const QImage image = view.grab().toImage();
    const int silent = painted(view, image, 0.21), loud = painted(view, image, 0.71);
    QVERIFY2(silent <= 2, qPrintable(QString::number(silent)));
    QVERIFY2(std::abs(loud - view.lane(0).height() / 2) <= 4, qPrintable(QString::number(loud)));
  }

  // 18 dB are a factor of 8: a sixteenth of full scale is drawn as a half, B as a quarter.
  void what_is_quiet_is_drawn_higher_in_all_lanes_alike() {
    apply_appearance(Appearance::light);
    Timeline timeline;
    ListenPanel panel(timeline, std::make_unique<FakeSound>());
    panel.findChild<QCheckBox*>("levelMatch")->setChecked(false);
    panel.resize(800, 420);
    panel.setRuns({square("A", 1 / 16.F), square("B", 1 / 32.F)});
    panel.show();
    QVERIFY(QTest::qWaitForWindowActive(&panel));
    auto& view = *panel.findChild<WaveformView*>();
    const auto high = [&] {
      return painted(view, view.grab().toImage(), 0.4) / double(view.lane(0).height());
    };
    const auto near = [](double actual, double expected) { return std::abs(actual - expected) < 0.05; };
    QVERIFY2(near(high(), 1 / 16.), qPrintable(QString::number(high())));
    const auto corner = [&](int lane) {
      const QRect place = view.lane(lane);
      return view.grab(QRect(place.right() - 60, place.bottom() - 12, 58, 10)).toImage();
    };
    const auto a = corner(0), b = corner(1);

    turn_wheel(view, {200, 100}, 3, Qt::ControlModifier);
    QCOMPARE(view.magnification(), 18);
    QCOMPARE(timeline.visible(), (TimeSpan{0, 1}));
    QVERIFY2(near(high(), 0.5), qPrintable(QString::number(high())));
    QVERIFY(corner(0) != a && corner(1) != b);  // both say so
    QVERIFY2(view.accessibleDescription().contains("18 dB"), qPrintable(view.accessibleDescription()));
    panel.setFocus();
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Minus, Qt::ControlModifier);
    QVERIFY2(near(high(), 0.25), qPrintable(QString::number(high())));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Plus, Qt::ControlModifier);
    QCOMPARE(view.magnification(), 18);
    turn_wheel(*panel.findChild<QWidget*>("laneHeads"), {10, 60}, -2);
    QCOMPARE(view.magnification(), 6);
    turn_wheel(view, {200, 100}, 99, Qt::ControlModifier);
    QCOMPARE(view.magnification(), WaveformView::kMostMagnified);
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_0, Qt::ControlModifier);
    QCOMPARE(view.magnification(), 0);
    QVERIFY(!view.accessibleDescription().contains("dB"));
    QCOMPARE(corner(0), a);
    // Of another clip nobody looked for what is quiet.
    view.magnify(2);
    auto other = std::make_shared<Run>(*square("A", 0.1F));
    other->clip = "another";
    panel.setRuns({other});
    QCOMPARE(view.magnification(), 0);
  }

  void what_a_lane_has_no_room_for_is_marked_at_its_edge_data() {
    QTest::addColumn<TimeSpan>("seen");
    QTest::newRow("stretches") << TimeSpan{0, 1};
    QTest::newRow("samples") << TimeSpan{0.4, 0.41};
  }
  void what_a_lane_has_no_room_for_is_marked_at_its_edge() {
    QFETCH(TimeSpan, seen);
    apply_appearance(Appearance::light);
    Timeline timeline;
    ListenPanel panel(timeline, std::make_unique<FakeSound>());
    panel.resize(800, 320);
    panel.setRuns({square("A", 0.3F)});
    panel.show();
    timeline.show(seen);
    auto& view = *panel.findChild<WaveformView*>();
    const auto edge_is_dark = [&] {
      const auto image = view.grab().toImage();
      int dark = 0;
      for (int x = 100; x < 200; ++x) dark += image.pixelColor(x, view.lane(0).top() + 2).lightness() < 60;
      return dark > 25;
    };
    view.magnify(1);  // to 0.6
    QVERIFY(!edge_is_dark());
    view.magnify(1);  // to 1.2
    QVERIFY(edge_is_dark());
  }

  // As they were made: the level match is no part of it.
  void every_track_is_read_where_the_mouse_points() {
    Timeline timeline;
    ListenPanel panel(timeline, std::make_unique<FakeSound>());
    panel.resize(800, 320);
    const std::unique_ptr<QWidget> made(panel.makeLevelReadout());
    const auto& readout = *qobject_cast<QLabel*>(made.get());
    QVERIFY(readout.text().isEmpty());
    panel.setRuns({square("A", 0.5F), square("B", 0.25F)});
    panel.setOriginal(std::make_shared<const Sound>(Sound{kSampleRate, 1, std::vector<float>(12000)}));
    panel.show();
    auto& view = *panel.findChild<WaveformView*>();
    const auto said = [&] { return readout.text().remove(QChar(0x2007)); };
    const auto levels = QString::fromUtf8("A −6.0/−6.0   B −12.0/−12.0");
    QTest::mouseMove(&view, {static_cast<int>(view.xOf(0.75)), view.lane(1).center().y()});
    const auto at = QLocale().toString(*timeline.pointer(), 'f', 3);
    // The recording has ended by then.
    const auto expected =
        at + QString::fromUtf8(" s, peak/RMS in dBFS:  ") + levels + QString::fromUtf8("   B−A −12.0/−12.0");
    QCOMPARE(said(), expected);
    QCOMPARE(readout.text().count(QChar(0x2007)), 2);  // A's levels are as wide as B's: nothing moves
    timeline.setPointer(0.25);                         // by any other row
    QVERIFY2(said().contains(levels + QString::fromUtf8("   O −∞/−∞")), qPrintable(said()));
    // Without a mouse it is the playhead's place, once it rests.
    timeline.setPointer({});
    panel.player().seek(0.5);
    QVERIFY2(said().startsWith(QLocale().toString(0.5, 'f', 3)), qPrintable(said()));
    panel.player().seek(1);
    QVERIFY(said().contains(levels));
  }
};

QTEST_MAIN(WaveformViewTest)
#include "test_waveform_view.moc"
