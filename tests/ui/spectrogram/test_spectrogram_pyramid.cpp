#include <QtTest>
#include <cmath>

#include "ui/spectrogram/spectrogram_pyramid.h"

using namespace octet;
using namespace octet::ui;

namespace {

/// Level = frame + bin / 1000: what a cell averages can be computed by hand.
Spectrogram ramp(int frames, int bins = 9) {
  Spectrogram levels;
  levels.frames = frames;
  levels.bins = bins;
  levels.seconds_per_frame = 0.01;
  levels.hz_per_bin = 100;
  for (int frame = 0; frame < frames; ++frame)
    for (int bin = 0; bin < bins; ++bin)
      levels.db.push_back(static_cast<float>(frame) + static_cast<float>(bin) / 1000);
  return levels;
}

}  // namespace

class TestSpectrogramPyramid : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void cells_of_one_frame_and_bin_hold_its_level() {
    const auto cells = SpectrogramPyramid(ramp(8)).cells({-0.005, 0.075, 8, {50, 150, 250}});
    QCOMPARE(cells.size(), std::size_t{16});
    QCOMPARE(cells[0], 0.001f);
    QCOMPARE(cells[7], 7.001f);
    QCOMPARE(cells[8 + 3], 3.002f);
  }

  void finer_cells_lie_between_frames_and_bins() {
    const auto cells = SpectrogramPyramid(ramp(8)).cells({0.024, 0.026, 1, {140, 160}});
    QVERIFY(std::abs(cells[0] - 2.5015f) < 1e-5f);
  }

  // Through the coarser copies the mean of a cell's frames may shift by less than one of their frames, which
  // are never longer than a cell: 1000 frames in ten cells average 49.5, 149.5 …
  void coarse_cells_hold_the_mean() {
    const auto cells = SpectrogramPyramid(ramp(1000)).cells({-0.005, 9.995, 10, {-50, 850}});
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const double expected = static_cast<double>(i) * 100 + 49.5 + 0.004;
      QVERIFY2(std::abs(static_cast<double>(cells[i]) - expected) < 32,
               qPrintable(QString::number(double(cells[i]))));
    }
    double sum = 0;
    for (const float cell : cells) sum += static_cast<double>(cell) / 10;
    QVERIFY2(std::abs(sum - 499.504) < 10, qPrintable(QString::number(sum)));
  }

  void beyond_the_sound_there_is_nothing() {
    const auto cells = SpectrogramPyramid(ramp(8)).cells({-0.025, 0.095, 12, {50, 150}});
    for (std::size_t i = 0; i < cells.size(); ++i) QCOMPARE(std::isnan(cells[i]), i < 2 || i >= 10);
    const auto nothing = SpectrogramPyramid(ramp(0)).cells({0, 1, 3, {50, 150}});
    for (const float cell : nothing) QVERIFY(std::isnan(cell));
  }

  // A view of ten minutes reads about as much as one of nine seconds: less than four frames a column, where
  // without the coarser copies it would read 67.
  void whatever_a_view_spans_it_reads_a_few_frames_a_column() {
    const SpectrogramPyramid pyramid(ramp(60000));
    for (const double seconds : {9.0, 36.0, 100.0, 600.0}) {
      const double column = seconds / 900;
      const double frames = column / pyramid.copy_for(column).seconds_per_frame;
      QVERIFY2(frames >= 1 && frames < 4, qPrintable(QString("%1 frames").arg(frames)));
    }
    QCOMPARE(&pyramid.copy_for(0.001), &pyramid.levels());  // nothing is finer than the sound
  }
};

QTEST_GUILESS_MAIN(TestSpectrogramPyramid)
#include "test_spectrogram_pyramid.moc"
