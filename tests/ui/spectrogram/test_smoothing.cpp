#include <QTest>
#include <cmath>

#include "ui/spectrogram/smoothing.h"

using octet::ui::smoothed;

class SmoothingTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // One cell of 3 x 5 spreads over its window; its sum stays where the window fits.
  void a_cell_spreads_evenly_over_its_window() {
    std::vector<float> cells(15);
    cells[7] = 9;  // the middle
    const auto spread = smoothed(cells, 5, 1, 1);
    for (int row = 0; row < 3; ++row)
      for (int column = 0; column < 5; ++column) {
        const bool inside = column >= 1 && column <= 3;
        const float rows_in_window = row == 1 ? 3 : 2;  // at the edge the window is cut
        QCOMPARE(spread[std::size_t(5 * row + column)], inside ? 3 / rows_in_window : 0.0F);
      }
    QCOMPARE(smoothed(cells, 5, 0, 0), cells);
  }

  void what_is_level_stays_and_what_is_unknown_spoils_nothing() {
    std::vector<float> cells(30, -6);
    cells[11] = std::nanf("");
    const auto spread = smoothed(cells, 6, 2, 2);
    for (std::size_t i = 0; i < cells.size(); ++i)
      QVERIFY(i == 11 ? std::isnan(spread[i]) : std::abs(spread[i] + 6) < 1e-5F);
  }
};

QTEST_GUILESS_MAIN(SmoothingTest)
#include "test_smoothing.moc"
