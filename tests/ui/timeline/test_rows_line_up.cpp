// All rows of the window on one axis of time.

#include <QAction>
#include <QHelpEvent>
#include <QLabel>
#include <QTest>
#include <QToolTip>
#include <cmath>
#include <numbers>

#include "tests/ui/listen/fake_sound.h"
#include "ui/listen/listen_panel.h"
#include "ui/listen/waveform_view.h"
#include "ui/measures/measures_panel.h"
#include "ui/spectrogram/spectrogram_panel.h"
#include "ui/spectrogram/spectrogram_plot.h"
#include "ui/theme/theme.h"
#include "ui/workbench/main_window.h"

using namespace octet;
using namespace octet::ui;

namespace {

std::shared_ptr<const Run> run(const QString& name, float step) {
  auto made = std::make_shared<Run>();
  made->name = made->plan = name;
  made->clip = "clip";
  made->key.slot = name.front().unicode() - 'A';
  for (int i = 0; i < 4 * kSampleRate; ++i)
    made->synthesis.waveform.push_back(0.3F * std::sin(step * static_cast<float>(i)));
  return made;
}

struct Rows {
  MainWindow window{std::make_unique<test::FakeSound>()};
  WaveformView& waveform = *window.findChild<WaveformView*>();
  SpectrogramPlot& plot = *window.findChild<SpectrogramPlot*>();

  explicit Rows(QSize size) {
    window.resize(size);
    window.show();
    if (!QTest::qWaitForWindowExposed(&window)) qFatal("the window is not shown");
    const Runs runs{run("A", 0.1F), run("B", 0.3F)};
    window.listen().setRuns(runs);
    window.spectrogram().setRuns(runs);
    QCoreApplication::processEvents();
    plot.replot(QCustomPlot::rpImmediateRefresh);
  }
  double in_waveform(double seconds) {
    return waveform.mapTo(&window, QPointF(waveform.xOf(seconds), 0)).x();
  }
  /// In the flag of what happens then, below in a picture.
  QPoint flag_in_picture(const QCPAxisRect& rect, double seconds) {
    return {static_cast<int>(rect.axis(QCPAxis::atBottom)->coordToPixel(seconds)) + 2, rect.bottom() - 1};
  }
  /// The same above the lanes.
  QPoint flag_in_waveform(double seconds) {
    return {static_cast<int>(waveform.xOf(seconds)) + 2, waveform.rulerHeight()};
  }
  void press(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) { QTest::keyClick(&window, key, modifiers); }
  double in_picture(const QCPAxisRect& rect, double seconds) {
    return plot.mapTo(&window, QPointF(rect.axis(QCPAxis::atBottom)->coordToPixel(seconds), 0)).x();
  }
};

}  // namespace

class RowsLineUpTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { QCoreApplication::setOrganizationName("octet-test"); }

  void one_time_stands_at_one_x_in_all_rows_data() {
    QTest::addColumn<QSize>("size");
    QTest::newRow("small") << QSize(1280, 800);
    QTest::newRow("large") << QSize(1920, 1080);
  }
  void one_time_stands_at_one_x_in_all_rows() {
    QFETCH(QSize, size);
    Rows rows(size);
    const auto line_up = [&] {
      rows.plot.replot(QCustomPlot::rpImmediateRefresh);
      QCOMPARE(rows.plot.rects().size(), 3u);
      for (const auto* rect : rows.plot.rects())
        for (const double share : {0.0, 0.37, 1.0}) {
          const auto& seen = rows.window.timeline().visible();
          const double at = seen.begin + share * seen.length();
          QVERIFY2(
              std::abs(rows.in_waveform(at) - rows.in_picture(*rect, at)) <= 1,
              qPrintable(
                  QString("%1 s: %2, %3").arg(at).arg(rows.in_waveform(at)).arg(rows.in_picture(*rect, at))));
        }
    };
    line_up();
    rows.window.timeline().show({1, 1.5});
    line_up();
  }

  void what_is_drawn_in_one_row_is_selected_in_all_and_looped() {
    Rows rows({1280, 800});
    auto& timeline = rows.window.timeline();
    const auto* rect = rows.plot.rects().at(1);
    const auto place = [&](double seconds) {
      return QPoint(qRound(rect->axis(QCPAxis::atBottom)->coordToPixel(seconds)), rect->center().y());
    };
    const double pixel = timeline.visible().length() / rect->width();
    const auto before = rows.waveform.grab().toImage();
    QTest::mousePress(&rows.plot, Qt::LeftButton, {}, place(1));
    QTest::mouseMove(&rows.plot, place(1.5));
    QVERIFY(timeline.drawn().has_value());
    QTest::mouseMove(&rows.plot, place(2));
    QTest::mouseRelease(&rows.plot, Qt::LeftButton, {}, place(2));
    QVERIFY(!timeline.drawn().has_value());
    const auto& player = rows.window.listen().player();
    QVERIFY(player.looping());
    QVERIFY(std::abs(player.loop()->begin - 1) <= pixel && std::abs(player.loop()->end - 2) <= pixel);
    QCOMPARE(timeline.selection(), player.loop());
    QVERIFY(rows.waveform.grab().toImage() != before);
    // A click anywhere moves the one playhead.
    QTest::mouseClick(&rows.plot, Qt::LeftButton, {}, place(1.25));
    QVERIFY(std::abs(player.position() - 1.25) <= pixel);
    QCOMPARE(timeline.cursor(), player.position());
  }

  // What differs most is told by the measures.
  void worst_moments_are_flags_in_all_rows() {
    Rows rows({1280, 800});
    auto& timeline = rows.window.timeline();
    const auto caution_at = [](const QImage& image, QPoint at) {
      return image.pixelColor(at) == colours().caution;
    };
    const auto flags = [&](double seconds) {
      QCoreApplication::processEvents();
      rows.plot.replot(QCustomPlot::rpImmediateRefresh);
      const auto wave = rows.waveform.grab().toImage(), pictures = rows.plot.grab().toImage();
      int found = caution_at(wave, rows.flag_in_waveform(seconds));
      for (const auto* rect : rows.plot.rects())
        found += caution_at(pictures, rows.flag_in_picture(*rect, seconds));
      return found;
    };
    QCOMPARE(flags(3), 0);
    Q_EMIT rows.window.measures().momentsShown({3, 1.5});
    QCOMPARE(timeline.markers(), (std::vector<double>{3, 1.5}));
    QCOMPARE(flags(3), 4);
    QCOMPARE(flags(1.5), 4);
    timeline.show({2.5, 3.5});
    QCOMPARE(flags(3), 4);
    // A line through every row.
    const auto wave = rows.waveform.grab().toImage();
    for (int lane = 0; lane < 3; ++lane) {
      const QPoint at(static_cast<int>(rows.waveform.xOf(3)), rows.waveform.lane(lane).bottom() - 3);
      QVERIFY(wave.pixelColor(at) != wave.pixelColor(at + QPoint(6, 0)));
    }
    Q_EMIT rows.window.measures().momentsShown({});
    QCOMPARE(flags(3), 0);
  }

  void a_flag_says_what_it_is_and_a_click_goes_there() {
    Rows rows({1280, 800});
    rows.window.timeline().setMarkers({3, 1.5});
    const auto& player = rows.window.listen().player();
    const auto told = [](QWidget& row, QPoint at) {
      QHelpEvent asked(QEvent::ToolTip, at, row.mapToGlobal(at));
      QCoreApplication::sendEvent(&row, &asked);
      return QToolTip::text();
    };
    const auto picture = rows.flag_in_picture(*rows.plot.rects().at(1), 1.5);
    QVERIFY2(told(rows.plot, picture).startsWith("The runs differ most at 1.50 s: place 2 of 2"),
             qPrintable(QToolTip::text()));
    QVERIFY(told(rows.waveform, rows.flag_in_waveform(3))
                .startsWith("The runs differ most at 3.00 s: place 1 of 2"));
    QTest::mouseClick(&rows.plot, Qt::LeftButton, {}, picture);
    QCOMPARE(player.position(), 1.5 - Timeline::kLeadIn);
    const int active = player.active();
    QTest::mouseClick(&rows.waveform, Qt::LeftButton, {}, rows.flag_in_waveform(3));
    QCOMPARE(player.position(), 3 - Timeline::kLeadIn);
    QCOMPARE(player.active(), active);  // no lane was meant
  }

  void a_key_goes_to_the_next_worst_moment() {
    Rows rows({1280, 800});
    const auto& player = rows.window.listen().player();
    auto* next = rows.window.findChild<QAction*>("worst");
    QVERIFY(!next->isEnabled());
    rows.press(Qt::Key_M);
    QCOMPARE(player.position(), 0.0);
    rows.window.timeline().setMarkers({3, 1.5});
    QVERIFY(next->isEnabled());
    rows.press(Qt::Key_M);
    QCOMPARE(player.position(), 3 - Timeline::kLeadIn);
    rows.press(Qt::Key_M);
    QCOMPARE(player.position(), 1.5 - Timeline::kLeadIn);
    rows.press(Qt::Key_M, Qt::ShiftModifier);
    QCOMPARE(player.position(), 3 - Timeline::kLeadIn);
    rows.window.timeline().setMarkers({});
    QVERIFY(!next->isEnabled());
  }

  // B is louder at its own frequency, A at its own.
  void a_difference_is_called_the_same_and_has_one_sign_in_all_rows() {
    Rows rows({1280, 800});
    const auto& tracks = rows.window.listen().player().tracks();
    const auto name = QString::fromUtf8("B−A");
    QCOMPARE(tracks.back().name, name);
    const auto at = [&](std::size_t track) { return tracks[track].samples->at(5000); };
    QCOMPARE(at(2), at(1) - at(0));
    QVERIFY(at(2) != 0);
    const auto of_b = 0.3 * kSampleRate / (2 * std::numbers::pi);
    QTRY_VERIFY(rows.window.spectrogram().readout(1, of_b).contains(name + " +"));
    rows.plot.replot(QCustomPlot::rpImmediateRefresh);
    QVERIFY(rows.plot.maps().at(2)->data()->data(1, position_of(FrequencyScale::mel, of_b)) > 3);
    bool titled = false;
    for (int i = 0; i < rows.plot.itemCount(); ++i)
      if (const auto* text = qobject_cast<const QCPItemText*>(rows.plot.item(i)))
        titled |= text->text() == name;
    QVERIFY(titled);
    // Red where B is louder, blue where A is.
    const auto image = rows.plot.grab().toImage();
    const auto* rect = rows.plot.rects().at(2);
    const auto colour_at = [&](double hz) {
      const double y = rect->axis(QCPAxis::atLeft)->coordToPixel(position_of(FrequencyScale::mel, hz));
      return image.pixelColor(rect->center().x(), qRound(y));
    };
    QVERIFY(colour_at(of_b).red() > colour_at(of_b).blue());
    const auto of_a = 0.1 * kSampleRate / (2 * std::numbers::pi);
    QVERIFY(colour_at(of_a).blue() > colour_at(of_a).red());
  }

  void pointing_at_one_row_reads_the_others() {
    Rows rows({1280, 800});
    const auto& levels = *rows.window.findChild<QLabel*>("levelReadout");
    const auto& pictures = *rows.window.findChild<QLabel*>("spectrogramReadout");
    QTRY_VERIFY(rows.window.spectrogram().readout(1, 400).contains("B−A"));
    const auto* first = rows.plot.rects().at(0);
    QTest::mouseMove(&rows.plot, first->center());
    QVERIFY2(pictures.text().contains("A ") && pictures.text().contains("B−A"), qPrintable(pictures.text()));
    const auto time = pictures.text().section(' ', 0, 0);
    QVERIFY2(levels.text().startsWith(time + " s, peak"), qPrintable(levels.text()));
    for (const auto* track : {"A ", "B ", "B−A "}) QVERIFY(levels.text().contains(QString::fromUtf8(track)));
    const auto height = levels.height();
    QEvent leave(QEvent::Leave);
    QCoreApplication::sendEvent(&rows.plot, &leave);
    QTest::mouseMove(&rows.waveform, {100, rows.waveform.height() / 2});
    QVERIFY(!levels.text().startsWith(time));
    QCOMPARE(levels.height(), height);
    QVERIFY(!pictures.text().contains("dB"));  // no frequency is pointed at
  }

  void pointing_at_one_row_is_seen_in_the_others() {
    Rows rows({1280, 800});
    const auto before = rows.waveform.grab().toImage();
    const auto* rect = rows.plot.rects().at(2);
    QTest::mouseMove(&rows.plot, rect->center());
    QVERIFY(rows.window.timeline().pointer().has_value());
    QVERIFY(rows.waveform.grab().toImage() != before);
  }
};

QTEST_MAIN(RowsLineUpTest)
#include "test_rows_line_up.moc"
