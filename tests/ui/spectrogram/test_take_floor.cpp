#include <QTest>
#include <cmath>

#include "ui/spectrogram/take_floor.h"

using namespace octet::ui;

class TakeFloorTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  // A hundred columns of 0 … 99, of either sign, and a row of which nothing is known.
  void a_floor_is_what_most_of_its_row_stays_below() {
    std::vector<float> cells;
    for (int i = 0; i < 100; ++i) cells.push_back(static_cast<float>(i % 2 ? i : -i));
    cells.resize(200, std::nanf(""));
    QCOMPARE(take_floor(cells, 100), (std::vector<float>{94, 0}));
  }

  void within_its_floor_nothing_is_left_and_beyond_it_what_exceeds_it() {
    const auto unknown = std::nanf("");
    const auto left = beyond({1, -3, 5, unknown, 1, -3}, 3, {2, 0.5F});
    QCOMPARE(left[0], 0.0F);
    QCOMPARE(left[1], -1.0F);
    QCOMPARE(left[2], 3.0F);
    QVERIFY(std::isnan(left[3]));
    QCOMPARE(left[4], 0.5F);
    QCOMPARE(left[5], -2.5F);
  }
};

QTEST_GUILESS_MAIN(TakeFloorTest)
#include "test_take_floor.moc"
