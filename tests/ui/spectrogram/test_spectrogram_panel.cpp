#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QLabel>
#include <QSignalSpy>
#include <QStackedWidget>
#include <QTemporaryDir>
#include <QtTest>
#include <cmath>
#include <numbers>
#include <random>

#include "core/dsp/spectrogram.h"
#include "tests/ui/plots/file_writer.h"
#include "ui/jobs/job_runner.h"
#include "ui/spectrogram/spectrogram_panel.h"
#include "ui/spectrogram/spectrogram_plot.h"
#include "ui/theme/theme.h"

using namespace octet;
using namespace octet::ui;

namespace {

constexpr double kHzPerBin = 24000.0 / 1024;
constexpr double kToneHz = 43 * kHzPerBin;

std::shared_ptr<const Run> run_of(const QString& name, double amplitude, double seconds = 2) {
  auto run = std::make_shared<Run>();
  run->name = name;
  run->plan = "plan";
  run->clip = "clip";
  run->key.slot = name.isEmpty() ? 0 : name.front().unicode() - 'A';
  for (int i = 0; i < static_cast<int>(seconds * kSampleRate); ++i)
    run->synthesis.waveform.push_back(
        static_cast<float>(amplitude * std::sin(2 * std::numbers::pi * kToneHz * i / kSampleRate)));
  return run;
}

/// Without what keeps numbers in their place.
QString unpadded(QString text) { return text.remove(QChar(0x2007)); }

std::shared_ptr<const Sound> recording_of(double amplitude, double seconds = 2) {
  return std::make_shared<const Sound>(
      Sound{kSampleRate, 1, run_of("", amplitude, seconds)->synthesis.waveform});
}

/// A panel that is seen, as large as in the window.
struct Seen {
  JobRunner runner;
  Timeline timeline;
  octet::test::FileWriter writer;
  SpectrogramPanel panel{timeline, runner, &writer};
  SpectrogramPlot* plot = panel.findChild<SpectrogramPlot*>("spectrogramPlot");

  explicit Seen(const Runs& runs = {run_of("A", 0.5), run_of("B", 0.25)}) {
    panel.setWindowFlag(Qt::Window);
    panel.resize(800, 420);
    panel.show();
    if (!QTest::qWaitForWindowExposed(&panel)) qFatal("the panel is not shown");
    give(runs);
  }
  void give(const Runs& runs) {
    QSignalSpy ready(&panel, &SpectrogramPanel::ready);
    double longest = 0;
    for (const auto& run : runs) longest = std::max(longest, run->seconds());
    timeline.setDuration(longest);
    panel.setRuns(runs);
    if (!runs.empty() && ready.isEmpty() && !ready.wait(20000)) qFatal("no spectrograms came");
    settle();
  }
  /// Draws what is queued.
  void settle() { plot->replot(QCustomPlot::rpImmediateRefresh); }
  /// Calls, and waits for what is to be computed.
  void await(const std::function<void()>& call) {
    QSignalSpy ready(&panel, &SpectrogramPanel::ready);
    call();
    if (ready.isEmpty() && !ready.wait(20000)) qFatal("no spectrograms came");
    settle();
  }
  QString read(double seconds, double hz) const { return unpadded(panel.readout(seconds, hz)); }
  std::vector<int> heights() const {
    std::vector<int> found;
    for (const auto* rect : plot->rects()) found.push_back(rect->height());
    return found;
  }
  template <typename Widget>
  Widget* control(const char* name) {
    return panel.findChild<Widget*>(name);
  }
  QStringList titles() {
    QStringList texts;
    for (int i = 0; i < plot->itemCount(); ++i)
      if (const auto* text = qobject_cast<const QCPItemText*>(plot->item(i)); text && text->visible())
        texts << text->text();
    return texts;
  }
  QPoint placeOf(std::size_t picture, double seconds, double hz) {
    auto* rect = plot->rects().at(picture);
    return {qRound(rect->axis(QCPAxis::atBottom)->coordToPixel(seconds)),
            qRound(rect->axis(QCPAxis::atLeft)->coordToPixel(position_of(plot->scale(), hz)))};
  }
  void wheel(QPoint place, int delta, Qt::KeyboardModifiers modifiers = Qt::NoModifier) {
    QWheelEvent event(place, plot->mapToGlobal(place), {}, {0, delta}, Qt::NoButton, modifiers,
                      Qt::NoScrollPhase, false);
    QCoreApplication::sendEvent(plot, &event);
    settle();
  }
};

bool near(double actual, double expected, double tolerance) {
  const bool is_near = std::abs(actual - expected) <= tolerance;
  if (!is_near) qWarning("%.9g is not %.9g +- %.1g", actual, expected, tolerance);
  return is_near;
}

QByteArray content(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

class TestSpectrogramPanel : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void without_runs_it_says_what_to_do() {
    Seen seen(Runs{});
    auto* words = seen.control<QLabel>("spectrogramEmpty");
    QVERIFY(words->isVisible());
    QVERIFY(words->text().contains("Synthesize"));
    QVERIFY(!seen.plot->isVisible());
    seen.give({run_of("A", 0.5)});
    QVERIFY(!words->isVisible());
    QCOMPARE(seen.plot->rects().size(), std::size_t{1});  // nothing to compare with
    seen.give({});
    QVERIFY(words->isVisible());
  }

  void views_show_their_pictures() {
    Seen seen;
    using View = SpectrogramPanel::View;
    const std::pair<View, std::size_t> expected[] = {
        {View::all, 3}, {View::pair, 2}, {View::active, 1}, {View::difference, 1}};
    for (const auto& [view, pictures] : expected) {
      seen.panel.setView(view);
      seen.settle();
      QCOMPARE(seen.plot->rects().size(), pictures);
    }
  }

  void pictures_hold_the_levels_and_their_difference() {
    Seen seen;
    const auto maps = seen.plot->maps();
    const double place = position_of(FrequencyScale::mel, kToneHz);
    seen.plot->setVisibleFrequencies(kToneHz - 300, kToneHz + 300);  // rows finer than bins
    seen.settle();
    QVERIFY(near(maps[0]->data()->data(1, place), -6.02, 0.5));  // at most a third of a bin beside its centre
    QVERIFY(near(maps[1]->data()->data(1, place), -12.04, 0.5));
    QVERIFY(near(maps[2]->data()->data(1, place), -6.02, 1e-3));
  }

  // B is 6 dB below A, another take of A 2 dB: 4 dB mean something.
  void a_difference_is_what_another_take_would_not_do() {
    Seen seen;
    QSignalSpy ready(&seen.panel, &SpectrogramPanel::ready);
    seen.panel.setOtherTake(run_of("A, other noise", 0.5 * std::pow(10, -2.0 / 20)));
    QVERIFY(!ready.isEmpty() || ready.wait(20000));
    seen.plot->setVisibleFrequencies(kToneHz - 300, kToneHz + 300);
    seen.settle();
    const double place = position_of(FrequencyScale::mel, kToneHz);
    QVERIFY(near(seen.plot->maps()[2]->data()->data(1, place), -4.02, 1e-2));
    const QString nothing = "Nothing";  // begins what an empty picture says
    QVERIFY(seen.titles().contains("B−A beyond other noise"));
    QVERIFY(seen.titles().filter(nothing).isEmpty());
    QSignalSpy again(&seen.panel, &SpectrogramPanel::ready);
    seen.panel.setOtherTake(run_of("A, other noise", 0.125));
    QVERIFY(!again.isEmpty() || again.wait(20000));
    seen.settle();
    QCOMPARE(seen.titles().filter(nothing).size(), 1);
    // Its rows are others now, and so is the floor.
    seen.plot->setVisibleFrequencies(kToneHz - 200, kToneHz + 400);
    seen.settle();
    QVERIFY(near(seen.plot->maps()[2]->data()->data(1, place), 0, 1e-6));
    seen.control<QCheckBox>("spectrogramBeyondOnly")->setChecked(false);
    seen.settle();
    QVERIFY(seen.titles().filter(nothing).isEmpty());
    QVERIFY(near(seen.plot->maps()[2]->data()->data(1, place), -6.02, 1e-2));
  }

  // As is to be expected where only noise differs: other pictures need the room.
  void a_difference_with_nothing_in_it_is_a_strip() {
    Seen seen;
    const auto before = seen.heights();
    const auto take = [&](double decibel) {
      seen.await(
          [&] { seen.panel.setOtherTake(run_of("A, other noise", 0.5 * std::pow(10, decibel / 20))); });
    };
    take(-12);  // twice what B does
    const auto now = seen.heights();
    QCOMPARE(now.size(), 3u);
    const int line = QFontMetrics(seen.plot->font()).height();
    QVERIFY2(now[2] >= 2 * line && now[2] < 3 * line, qPrintable(QString::number(now[2])));
    QVERIFY(now[0] > 1.2 * before[0] && std::abs(now[0] - now[1]) <= 1);
    QCOMPARE(seen.titles().filter("Nothing").size(), 1);
    QVERIFY(seen.titles().contains("B−A beyond other noise"));
    // Whatever part is seen: nothing jumps.
    seen.timeline.show({0.9, 1.1});
    seen.plot->setVisibleFrequencies(kToneHz - 100, kToneHz + 100);
    seen.settle();
    QCOMPARE(seen.heights(), now);
    take(-11);
    QCOMPARE(seen.heights(), now);
    take(-2);  // less than B does
    QVERIFY2(std::abs(seen.heights()[2] - before[2]) <= 1, qPrintable(QString::number(seen.heights()[2])));
    QVERIFY(seen.titles().filter("Nothing").isEmpty());
    take(-12);
    seen.panel.setView(SpectrogramPanel::View::difference);
    seen.settle();
    QVERIFY(seen.heights()[0] > 2 * before[0]);  // what was asked for alone is no strip
    QCOMPARE(seen.titles().filter("Nothing").size(), 1);
  }

  // Of eight seconds a fifth of one is less than chance may do altogether, but chance does not do it in one
  // place.
  void a_difference_that_is_short_has_its_room() {
    const auto a = run_of("A", 0.5, 8);
    auto b = std::make_shared<Run>(*run_of("B", 0.5, 8));
    std::mt19937 random(1);
    std::uniform_real_distribution<float> hiss(-0.1F, 0.1F);
    for (std::size_t i = 0; i < kSampleRate / 5; ++i)
      b->synthesis.waveform[4 * kSampleRate + i] += hiss(random);
    Seen seen({a, b});
    const auto before = seen.heights();
    seen.await([&] { seen.panel.setOtherTake(run_of("A, other noise", 0.49, 8)); });
    QCOMPARE(seen.heights(), before);
    QVERIFY(seen.titles().filter("Nothing").isEmpty());
    seen.give({a, run_of("B", 0.495, 8)});
    QVERIFY(seen.heights()[2] < before[2] / 2);
  }

  void the_recording_is_a_picture_where_there_is_one() {
    Seen seen;
    using View = SpectrogramPanel::View;
    auto* view = seen.control<QComboBox>("spectrogramView");
    const auto offered = [&] { return view->findData(static_cast<int>(View::recorded)) >= 0; };
    QVERIFY(!offered());
    seen.panel.setView(View::recorded);  // kept for a clip that has one
    QCOMPARE(seen.heights().size(), 3u);
    seen.await([&] { seen.panel.setOriginal(recording_of(0.05)); });
    QVERIFY(offered());
    QCOMPARE(seen.heights().size(), 4u);
    QVERIFY(seen.titles().contains("O  recording"));
    seen.plot->setVisibleFrequencies(kToneHz - 300, kToneHz + 300);
    seen.settle();
    const double place = position_of(FrequencyScale::mel, kToneHz);
    QVERIFY(near(seen.plot->maps()[0]->data()->data(1, place), -26.02, 0.5));  // above A
    QVERIFY(near(seen.plot->maps()[1]->data()->data(1, place), -6.02, 0.5));
    QCOMPARE(seen.read(1, kToneHz), QString("1.000 s  1.0 kHz  O −26 dB  A −6 dB  B −12 dB  B−A −6.0 dB"));

    const QTemporaryDir folder;
    QSignalSpy exported(&seen.panel, &SpectrogramPanel::exported);
    seen.panel.exportLevels(SpectrogramPanel::kRecording, folder.filePath("o.csv"));
    QVERIFY(exported.wait(20000));
    QVERIFY(content(folder.filePath("o.csv")).contains("Hz (O dB)"));

    seen.await([&] { seen.panel.setOriginal(nullptr); });  // a clip of tokens
    QVERIFY(!offered());
    QCOMPARE(view->currentData().toInt(), static_cast<int>(View::all));
    QCOMPARE(seen.heights().size(), 3u);
    seen.await([&] { seen.panel.setOriginal(recording_of(0.05)); });
    QCOMPARE(view->currentData().toInt(), static_cast<int>(View::recorded));
    // Alone where it is what is played.
    seen.panel.setView(View::active);
    seen.await([&] { seen.panel.setActiveTrack(2); });
    QVERIFY(seen.titles().contains("O  recording"));
    QCOMPARE(seen.heights().size(), 1u);
    seen.await([&] { seen.panel.setOriginal(nullptr); });
    QVERIFY(!seen.titles().contains("O  recording"));
  }

  void a_scale_of_differences_has_signs() {
    Seen seen;
    const auto labels = [&](std::size_t picture) {
      QVector<double> ticks;
      QVector<QString> texts;
      const auto* axis = seen.plot->maps()[picture]->colorScale()->axis();
      axis->ticker()->generate(axis->range(), QLocale(), 'g', 3, ticks, nullptr, &texts);
      return QStringList(texts).join(' ');
    };
    QVERIFY2(labels(2).contains("+10 dB") && labels(2).contains("−10 dB") && labels(2).contains(" 0 dB"),
             qPrintable(labels(2)));
    QVERIFY2(labels(0).contains("−50 dB") && !labels(0).contains('+'), qPrintable(labels(0)));
  }

  // One run comes first, with the time axis below it; then the second, which takes the axis over.
  void pictures_are_equally_high_and_all_tell_their_frequencies() {
    const auto a = run_of("A", 0.5);
    Seen seen({a});
    seen.give({a, run_of("B", 0.25)});
    const auto rects = seen.plot->rects();
    QCOMPARE(rects.size(), std::size_t{3});
    for (std::size_t i = 0; i < rects.size(); ++i) {
      QVERIFY(near(rects[i]->height(), rects[0]->height(), 1));  // whole pixels
      QVERIFY(rects[i]->axis(QCPAxis::atLeft)->tickLabels());
      if (i > 0) QVERIFY(rects[i]->top() - rects[i - 1]->bottom() < 20);  // the strip of pauses and no more
    }
    // As low as in a small window, there are still three frequencies to go by.
    seen.panel.resize(640, 330);
    QCoreApplication::processEvents();
    seen.settle();
    auto* axis = seen.plot->rects()[1]->axis(QCPAxis::atLeft);
    QVERIFY(near(seen.plot->rects()[1]->height(), seen.plot->rects()[0]->height(), 1));
    QVector<double> ticks;
    QVector<QString> labels;
    axis->ticker()->generate(axis->range(), QLocale(), 'g', 3, ticks, nullptr, &labels);
    QVERIFY2(labels.size() >= 4, qPrintable(QStringList(labels).join(' ')));
  }

  // What is cut off would reach the outermost column of pixels.
  void nothing_is_cut_off_at_the_right() {
    Seen seen;
    const QImage image = seen.plot->grab().toImage();
    for (int y = 0; y < image.height(); ++y)
      QCOMPARE(image.pixelColor(image.width() - 1, y), image.pixelColor(image.width() - 1, 0));
  }

  void axes_are_linked() {
    Seen seen;
    seen.plot->rects()[2]->axis(QCPAxis::atBottom)->setRange(0.5, 0.75);
    seen.plot->rects()[1]->axis(QCPAxis::atLeft)->setRange(5, 20);
    for (const auto* rect : seen.plot->rects()) {
      QVERIFY(near(rect->axis(QCPAxis::atBottom)->range().lower, 0.5, 1e-9));
      QVERIFY(near(rect->axis(QCPAxis::atBottom)->range().upper, 0.75, 1e-9));
      QVERIFY(near(rect->axis(QCPAxis::atLeft)->range().lower, 5, 1e-9));
      QVERIFY(near(rect->axis(QCPAxis::atLeft)->range().upper, 20, 1e-9));
    }
  }

  void the_wheel_zooms_about_the_mouse_and_a_double_click_shows_all() {
    Seen seen;
    QSignalSpy moved(&seen.timeline, &Timeline::visibleChanged);
    const auto place = seen.placeOf(1, 0.5, 1000);
    seen.wheel(place, 120);
    QVERIFY(near(seen.timeline.visible().length(), 1.6, 1e-6));
    QVERIFY(near(seen.placeOf(1, 0.5, 1000).x(), place.x(), 1.01));
    QCOMPARE(moved.count(), 1);

    const double before = seen.plot->visibleFrequencies().size();
    seen.wheel(place, 120, Qt::ControlModifier);
    QVERIFY(seen.plot->visibleFrequencies().size() < before);
    QVERIFY(near(seen.timeline.visible().length(), 1.6, 1e-6));

    for (int i = 0; i < 10; ++i) seen.wheel(place, -120);
    QVERIFY(near(seen.timeline.visible().begin, 0, 1e-9));  // never beyond the sound
    QVERIFY(near(seen.timeline.visible().end, 2, 1e-9));
    seen.wheel(place, 120);
    QTest::mouseDClick(seen.plot, Qt::LeftButton, {}, place);
    QVERIFY(near(seen.timeline.visible().length(), 2, 1e-9));
    QVERIFY(near(seen.plot->visibleFrequencies().upper, 12000, 1e-6));
  }

  void every_frequency_scale_keeps_what_is_seen() {
    Seen seen;
    seen.plot->setVisibleFrequencies(500, 3000);
    auto* scale = seen.control<QComboBox>("spectrogramScale");
    for (int i = scale->count() - 1; i >= 0; --i) {
      scale->setCurrentIndex(i);
      seen.settle();
      QVERIFY(near(seen.plot->visibleFrequencies().lower, 500, 1e-6));
      QVERIFY(near(seen.plot->visibleFrequencies().upper, 3000, 1e-6));
      // The tone stays the loudest of its column.
      auto* data = seen.plot->maps()[0]->data();
      int loudest = 0;
      for (int row = 0; row < data->valueSize(); ++row)
        if (data->cell(data->keySize() / 2, row) > data->cell(data->keySize() / 2, loudest)) loudest = row;
      double time = 0, position = 0;
      data->cellToCoord(0, loudest, &time, &position);
      QVERIFY(near(frequency_at(seen.plot->scale(), position), kToneHz, 1.5 * kHzPerBin));
    }
  }

  void all_frequencies_stay_in_view_when_the_scale_changes() {
    Seen seen;
    auto* scale = seen.control<QComboBox>("spectrogramScale");
    scale->setCurrentIndex(2);
    QVERIFY(near(seen.plot->visibleFrequencies().lower, 50, 1e-6));
    scale->setCurrentIndex(0);
    QVERIFY(near(seen.plot->visibleFrequencies().lower, 0, 1e-6));
    QVERIFY(near(seen.plot->visibleFrequencies().upper, 12000, 1e-6));
  }

  void the_readout_is_that_of_the_levels() {
    Seen seen;
    QCOMPARE(seen.read(1.204, kToneHz), QString("1.204 s  1.0 kHz  A −6 dB  B −12 dB  B−A −6.0 dB"));
    QCOMPARE(seen.read(0.5, 440), QString("0.500 s  440 Hz  A ≤−100 dB  B ≤−100 dB  B−A +0.0 dB"));
    const auto levels = spectrogram(run_of("A", 0.5)->synthesis.waveform, kSampleRate);
    const double beside = kToneHz + kHzPerBin;
    const QString expected = QString("A −%1 dB").arg(-double(*level_at(levels, 0.3, beside)), 0, 'f', 0);
    QVERIFY2(seen.read(0.3, beside).contains(expected), qPrintable(expected));

    const QPoint place = seen.placeOf(2, 1, kToneHz);
    QMouseEvent move(QEvent::MouseMove, place, seen.plot->mapToGlobal(place), Qt::NoButton, Qt::NoButton, {});
    QCoreApplication::sendEvent(seen.plot, &move);
    auto* words = seen.control<QLabel>("spectrogramReadout");
    QVERIFY2(unpadded(words->text()).contains("B−A −6.0 dB"), qPrintable(words->text()));
    QEvent leave(QEvent::Leave);
    QCoreApplication::sendEvent(seen.plot, &leave);
    QVERIFY(!words->text().contains("dB"));
  }

  void beyond_a_shorter_run_only_the_longer_is_read() {
    Seen seen({run_of("A", 0.5, 2), run_of("B", 0.25, 1)});
    QCOMPARE(seen.read(1.5, kToneHz), QString("1.500 s  1.0 kHz  A −6 dB"));
    auto* difference = seen.plot->maps()[2]->data();
    const double place = position_of(FrequencyScale::mel, kToneHz);
    QVERIFY(std::isfinite(difference->data(0.5, place)));
    QVERIFY(std::isnan(difference->data(1.5, place)));
    QVERIFY(near(seen.timeline.visible().end, 2, 1e-9));
  }

  // Levels come from jobs, cells from cutting them: neither happens when only colours change.
  void colours_change_without_computing() {
    Seen seen;
    QSignalSpy jobs(&seen.runner, &JobRunner::queued);
    const int cuts = seen.plot->cuts();
    const QImage before = seen.plot->grab().toImage();
    seen.control<QComboBox>("spectrogramPalette")->setCurrentIndex(1);
    seen.settle();
    const QImage magma = seen.plot->grab().toImage();
    QVERIFY(magma != before);
    seen.control<QDoubleSpinBox>("spectrogramLoudest")->setValue(-40);
    seen.control<QDoubleSpinBox>("spectrogramRange")->setValue(50);
    seen.control<QDoubleSpinBox>("spectrogramDifference")->setValue(3);
    seen.settle();
    QVERIFY(seen.plot->grab().toImage() != magma);
    QCOMPARE(jobs.count(), 0);
    QCOMPARE(seen.plot->cuts(), cuts);
    QCOMPARE(seen.plot->maps()[0]->dataRange(), QCPRange(-90, -40));
    QCOMPARE(seen.plot->maps()[2]->dataRange(), QCPRange(-3, 3));
    seen.timeline.show({0, 1});
    seen.settle();
    QCOMPARE(seen.plot->cuts(), cuts + 3);  // the counter counts
  }

  void a_plot_is_drawn_for_the_screen_it_is_on() {
    Seen seen;
    seen.plot->setBufferDevicePixelRatio(2 *
                                         seen.plot->devicePixelRatioF());  // of the screen it was on before
    seen.plot->repaint();
    QCOMPARE(seen.plot->bufferDevicePixelRatio(), seen.plot->devicePixelRatioF());
  }

  void the_playhead_is_drawn_and_a_click_seeks() {
    Seen seen;
    seen.timeline.setCursor(0.0);
    const QImage before = seen.plot->grab().toImage();
    seen.timeline.setCursor(1.0);
    const QImage after = seen.plot->grab().toImage();
    const QPoint place = seen.placeOf(0, 1.0, 3000);
    QVERIFY(after.pixelColor(place) != before.pixelColor(place));
    QCOMPARE(after.pixelColor(place + QPoint(10, 0)), before.pixelColor(place + QPoint(10, 0)));

    QSignalSpy sought(&seen.timeline, &Timeline::seekRequested);
    QSignalSpy selected(&seen.timeline, &Timeline::selectionRequested);
    QTest::mouseClick(seen.plot, Qt::LeftButton, {}, seen.placeOf(1, 0.75, 1000));
    QCOMPARE(sought.count(), 1);
    QVERIFY(near(sought[0][0].toDouble(), 0.75, 0.003));  // one pixel
    QTest::mousePress(seen.plot, Qt::LeftButton, {}, seen.placeOf(1, 0.75, 1000));
    QTest::mouseMove(seen.plot, seen.placeOf(1, 0.5, 1000));
    QTest::mouseRelease(seen.plot, Qt::LeftButton, {}, seen.placeOf(1, 0.5, 1000));
    QCOMPARE(sought.count(), 1);  // that was a drag
    QCOMPARE(selected.count(), 1);
    QVERIFY(near(selected[0][0].toDouble(), 0.5, 0.005) && near(selected[0][1].toDouble(), 0.75, 0.005));
  }

  void what_is_heard_is_compared_and_shown() {
    Seen seen({run_of("A", 0.5), run_of("B", 0.25), run_of("C", 0.05)});
    QVERIFY(seen.read(1, kToneHz).contains("B−A −6.0 dB"));
    QSignalSpy ready(&seen.panel, &SpectrogramPanel::ready);
    seen.panel.setActiveTrack(2);
    if (ready.isEmpty()) QVERIFY(ready.wait(20000));
    QVERIFY(seen.read(1, kToneHz).contains("C−A −20.0 dB"));
    QCOMPARE(seen.control<QComboBox>("spectrogramCompared")->currentIndex(), 1);
    seen.panel.setView(SpectrogramPanel::View::active);
    seen.settle();
    const double place = position_of(FrequencyScale::mel, kToneHz);
    const double quiet = seen.plot->maps()[0]->data()->data(1, place);
    seen.panel.setActiveTrack(0);
    seen.settle();
    QVERIFY(near(seen.plot->maps()[0]->data()->data(1, place) - quiet, 20, 0.01));
    QVERIFY(seen.read(1, kToneHz).contains("C−A"));  // the reference is not compared with itself
  }

  // An edit makes a new run; the band one listens to stays in view.
  void a_new_run_keeps_what_is_seen() {
    Seen seen;
    seen.timeline.show({0.5, 1});
    seen.plot->setVisibleFrequencies(1000, 3000);
    const auto before = seen.plot->visibleFrequencies();
    QVERIFY(near(before.lower, 1000, 1) && near(before.upper, 3000, 1));
    seen.give({run_of("A", 0.5), run_of("B", 0.125)});
    QCOMPARE(seen.plot->visibleFrequencies(), before);
    QVERIFY(near(seen.timeline.visible().begin, 0.5, 1e-9));
  }

  // A run that failed leaves the other its own colour.
  void a_run_has_the_colour_of_its_slot() {
    Seen seen({run_of("B", 0.5)});
    auto* title = seen.plot->findChild<QCPItemText*>();
    QVERIFY(title != nullptr);
    QCOMPARE(title->color(), run_colour(1));
  }

  void runs_that_stay_are_not_computed_again() {
    const auto a = run_of("A", 0.5);
    Seen seen({a, run_of("B", 0.25)});
    seen.timeline.show({0.5, 1});
    QSignalSpy jobs(&seen.runner, &JobRunner::queued);
    seen.give({a, run_of("B", 0.05)});
    QCOMPARE(jobs.count(), 1);
    QVERIFY(seen.read(1, kToneHz).contains("B−A −20.0 dB"));
    QVERIFY(near(seen.timeline.visible().begin, 0.5, 1e-9));  // the same clip: the view stays
  }

  void results_of_runs_that_are_gone_are_dropped() {
    Seen seen(Runs{});
    QSignalSpy ended(&seen.runner, &JobRunner::ended);
    seen.panel.setRuns({run_of("A", 0.5, 20), run_of("B", 0.25, 20)});
    seen.give({run_of("A", 0.05), run_of("B", 0.05)});
    QTRY_COMPARE(ended.count(), 4);
    QVERIFY(seen.read(1, kToneHz).contains("B−A +0.0 dB"));
    QVERIFY(near(seen.timeline.visible().end, 2, 1e-9));
  }

  void a_table_holds_the_levels_with_their_units() {
    Seen seen;
    const QTemporaryDir folder;
    QSignalSpy exported(&seen.panel, &SpectrogramPanel::exported);
    const std::pair<std::optional<int>, QString> exports[] = {{0, "A dB"}, {1, "B dB"}, {{}, "B-A dB"}};
    for (const auto& [run, quantity] : exports) {
      const QString path = folder.filePath(quantity + ".csv");
      seen.panel.exportLevels(run, path);
      QVERIFY(exported.wait(20000));
      const auto lines = QString::fromUtf8(content(path)).split('\n');
      QCOMPARE(lines.size(), 1 + 201 + 1);  // 2 s, and the last line's end
      const auto header = lines[0].split(',');
      QCOMPARE(header.size(), 1 + 513);
      QCOMPARE(header[0], QString("time (s)"));
      QCOMPARE(header[1 + 43], QString("1007.8125 Hz (%1)").arg(quantity));
      const auto row = lines[1 + 100].split(',');
      QCOMPARE(row[0].toDouble(), 1.0);
      const auto a = spectrogram(run_of("A", 0.5)->synthesis.waveform, kSampleRate);
      const auto b = spectrogram(run_of("B", 0.25)->synthesis.waveform, kSampleRate);
      const auto expected = run ? (*run == 0 ? a : b) : difference(a, b);
      for (int bin = 0; bin < 513; ++bin)
        QVERIFY(near(row[1 + bin].toDouble(), double(expected.frame(100)[std::size_t(bin)]), 0.0051));
    }
  }

  void a_picture_is_written_as_it_is_seen() {
    Seen seen;
    const QTemporaryDir folder;
    QSignalSpy exported(&seen.panel, &SpectrogramPanel::exported);
    seen.panel.exportPicture(folder.filePath("picture.png"));
    QVERIFY(exported.wait(20000));
    const QImage picture(folder.filePath("picture.png"));
    QCOMPARE(picture.size(), seen.plot->size() * 2);  // sharp on paper
  }

  void a_place_that_cannot_be_written_is_named() {
    Seen seen;
    const QTemporaryDir folder;
    const QString path = folder.filePath("missing/levels.csv");
    QSignalSpy failed(&seen.panel, &SpectrogramPanel::exportFailed);
    seen.panel.exportLevels(0, path);
    QVERIFY(failed.wait(20000));
    QVERIFY2(failed[0][0].toString().contains(path), qPrintable(failed[0][0].toString()));
    auto* words = seen.control<QLabel>("spectrogramMessage");
    QVERIFY(words->isVisible());
    QVERIFY(words->text().contains(path));
    QSignalSpy exported(&seen.panel, &SpectrogramPanel::exported);
    seen.panel.exportLevels(0, folder.filePath("levels.csv"));
    QVERIFY(exported.wait(20000));
    QVERIFY(!words->isVisible());
  }

  void dark_and_light_follow_the_palette() {
    Seen seen;
    seen.panel.setView(SpectrogramPanel::View::difference);
    const auto equal = [&] { return seen.plot->maps()[0]->gradient().colorStops().value(0.5); };
    apply_appearance(Appearance::dark);
    QCoreApplication::processEvents();
    const QColor dark = equal();
    QCOMPARE(dark, colours().plot);
    apply_appearance(Appearance::light);
    QCoreApplication::processEvents();
    QCOMPARE(equal(), colours().plot);
    QVERIFY(equal() != dark);
  }

  void the_keyboard_moves_and_zooms() {
    Seen seen;
    seen.plot->setFocus();
    QTest::keyClick(seen.plot, Qt::Key_Plus);
    QVERIFY(near(seen.timeline.visible().length(), 1.6, 1e-6));
    const double before = seen.timeline.visible().begin;
    QTest::keyClick(seen.plot, Qt::Key_Right);
    QVERIFY(near(seen.timeline.visible().begin - before, 0.16, 1e-6));
    QTest::keyClick(seen.plot, Qt::Key_Home);
    QVERIFY(near(seen.timeline.visible().length(), 2, 1e-6));
  }

  void a_minute_zooms_in_and_out_again() {
    Seen seen({run_of("A", 0.5, 60), run_of("B", 0.25, 60)});
    const auto shown = [&] { return seen.plot->rects().at(0)->axis(QCPAxis::atBottom)->range().size(); };
    const double whole = shown();
    for (int i = 0; i < 8; ++i) {
      const double before = shown();
      seen.wheel(seen.placeOf(1, 30, 1000), i < 4 ? 120 : -120);
      QVERIFY(i < 4 ? shown() < before : shown() > before);
    }
    QVERIFY(near(shown(), whole, 1e-6 * whole));
  }
};

QTEST_MAIN(TestSpectrogramPanel)
#include "test_spectrogram_panel.moc"
