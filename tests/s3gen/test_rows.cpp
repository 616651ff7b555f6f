#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>

#include <QtTest>

#include "core/s3gen/row_estimator.h"
#include "tests/component_weights.h"

namespace s3gen = octet::s3gen;
using octet::Precision;

/// The estimator as GPUs run it, here on the CPU, against the one that follows upstream.
class TestRows : public QObject {
  Q_OBJECT

  c10::InferenceMode inference_;

 private Q_SLOTS:
  void rows_give_the_estimators_slope_data() {
    QTest::addColumn<QString>("preset");
    QTest::addColumn<int>("frames");
    for (const auto* preset : {"all-base", "all-int8"})
      for (const int frames : {1, 2, 77})
        QTest::newRow(qPrintable(QString("%1, %2 frames").arg(preset).arg(frames))) << preset << frames;
  }
  void rows_give_the_estimators_slope() {
    QFETCH(QString, preset);
    QFETCH(int, frames);
    const auto weights =
        octet::test::component_weights("flow", octet::test::plan_of(preset.toStdString(), Precision::fp32));
    const auto scope = s3gen::Scope(weights, "flow") / "decoder" / "estimator";
    const s3gen::Estimator estimator(scope, 64);
    const s3gen::RowEstimator rows(scope, 64);

    const auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(frames));
    const auto normal = [&](at::IntArrayRef shape) { return at::randn(shape, generator, at::kFloat); };
    const auto x = normal({2, 80, frames}), mu = normal({2, 80, frames}), condition = normal({2, 80, frames});
    const auto speaker = normal({2, 80});
    const auto t = at::tensor({0.1f, 0.7f}), r = at::tensor({0.2f, 0.9f});
    const auto times = rows.project_times(estimator.embed_times(t, r, {}));
    const auto packed = at::cat({x, mu, speaker.unsqueeze(2).expand({-1, -1, frames}), condition}, 1)
                            .transpose(1, 2)
                            .contiguous();

    for (int step = 0; step < 2; ++step) {
      const auto begin = t[step].expand({2}), end = r[step].expand({2});
      const auto expected = estimator(x, mu, speaker, condition, begin, end, {});
      const auto slope = rows(packed, times[step]).transpose(1, 2);
      // Sums in another order, through 14 stages: below 1e-6, but for one step of int8 at 2 frames, 5e-5.
      const auto distance = ((slope - expected).norm() / expected.norm()).item<double>();
      QVERIFY2(distance < 1e-4, qPrintable(QString::number(distance)));
    }
  }
};

QTEST_GUILESS_MAIN(TestRows)
#include "test_rows.moc"
