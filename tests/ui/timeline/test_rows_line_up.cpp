// All rows of the window on one axis of time.

#include <QSignalSpy>
#include <QTest>
#include <cmath>

#include "tests/ui/listen/fake_sound.h"
#include "ui/listen/listen_panel.h"
#include "ui/listen/waveform_view.h"
#include "ui/spectrogram/spectrogram_panel.h"
#include "ui/spectrogram/spectrogram_plot.h"
#include "ui/workbench/main_window.h"

using namespace octet;
using namespace octet::ui;

namespace {

std::shared_ptr<const Run> run(const QString& name, float step) {
  auto made = std::make_shared<Run>();
  made->name = made->plan = name;
  made->clip = "clip";
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
    const Runs runs{run("A", 0.1F), run("B", 0.11F)};
    window.listen().setRuns(runs);
    window.spectrogram().setRuns(runs);
    QCoreApplication::processEvents();
    plot.replot(QCustomPlot::rpImmediateRefresh);
  }
  double in_waveform(double seconds) {
    return waveform.mapTo(&window, QPointF(waveform.xOf(seconds), 0)).x();
  }
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

  void pointing_at_one_row_reads_the_others() {
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
