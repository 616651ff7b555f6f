#include <QtTest>

#include "core/dsp/resample.h"
#include "core/error.h"
#include "tests/dsp/test_signal.h"

using namespace octet;

class TestResample : public QObject {
  Q_OBJECT
 private Q_SLOTS:
  void equals_torchaudio_data() {
    QTest::addColumn<int>("from");
    QTest::addColumn<int>("to");
    for (const auto& [from, to] : {std::pair{48000, 24000},
                                   {48000, 16000},
                                   {44100, 24000},
                                   {44100, 16000},
                                   {24000, 16000},
                                   {16000, 24000},
                                   {22050, 24000},
                                   {8000, 16000}}) {
      QTest::addRow("%d to %d", from, to) << from << to;
    }
  }

  void equals_torchaudio() {
    QFETCH(int, from);
    QFETCH(int, to);
    const at::Tensor expected = golden("resample_" + std::to_string(from) + "_" + std::to_string(to));
    const at::Tensor actual = resample(golden_noise(1234), from, to);
    // Same filter, same convolution: only the order of additions may differ (values up to 0.5), and does with
    // where the memory lies: four units in the last place.
    const double difference = largest_difference(actual, expected);
    QVERIFY2(difference <= 2.4e-7, qPrintable(QString::number(difference)));
  }

  void the_same_rate_changes_nothing() {
    const at::Tensor noise = golden_noise(100);
    QVERIFY(at::equal(resample(noise, 24000, 24000), noise));
  }

  void keeps_leading_dimensions() {
    const at::Tensor noise = golden_noise(300).reshape({3, 100});
    const at::Tensor resampled = resample(noise, 16000, 24000);
    QCOMPARE(resampled.size(0), 3);
    QCOMPARE(resampled.size(1), 150);
    // A batch may be convolved in another order.
    QVERIFY(largest_difference(resampled[2], resample(noise[2], 16000, 24000)) <= 1e-7);
  }

  void refuses_rates_whose_filter_would_not_fit() {
    try {
      resample(golden_noise(100), 96001, 24000);
      QFAIL("a filter of 2.3 thousand million values was built");
    } catch (const Error& error) {
      QCOMPARE(error.kind(), ErrorKind::input);
      QVERIFY(QString(error.what()).contains("96001"));
    }
  }
};

QTEST_GUILESS_MAIN(TestResample)
#include "test_resample.moc"
