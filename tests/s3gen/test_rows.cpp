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

  /// Whatever stands behind the shorter ones.
  void rows_of_ragged_clips_are_those_of_each_alone() {
    const auto weights =
        octet::test::component_weights("flow", octet::test::plan_of("seed", Precision::fp32));
    const auto scope = s3gen::Scope(weights, "flow") / "decoder" / "estimator";
    const s3gen::Estimator estimator(scope, 64);
    const s3gen::RowEstimator rows(scope, 64);
    const std::vector<int> lengths{20, 1, 33};
    const auto packed = at::randn({3, 33, 320}, at::detail::createCPUGenerator(3), at::kFloat);
    const auto half = at::full({1}, 0.5);
    const auto times = rows.project_times(estimator.embed_times(half, half, {}))[0];
    const auto slope = rows(packed, times, at::tensor(lengths, at::kInt));
    for (std::int64_t i = 0; i < 3; ++i) {
      const auto own = [&](const at::Tensor& t) {
        return t.narrow(0, i, 1).slice(1, 0, lengths[static_cast<std::size_t>(i)]).contiguous();
      };
      const auto alone = rows(own(packed), times);
      // As above.
      QVERIFY(((own(slope) - alone).norm() / alone.norm()).item<double>() < 1e-4);
    }
  }

  void a_step_moves_each_clip_by_its_own_guidance() {
    const auto generator = at::detail::createCPUGenerator(4);
    const auto slope = at::randn({4, 5, 8}, generator, at::kFloat),
               exact = at::randn({2, 5, 8}, generator, at::kFloat);
    const octet::RowState state{exact.clone(), at::zeros({4, 5, 16})};
    octet::row_step(slope, at::full({1}, 0.25), 0.7, state);
    for (std::int64_t clip = 0; clip < 2; ++clip) {
      QVERIFY(
          at::allclose(state.exact[clip], exact[clip] + 0.25 * (1.7 * slope[clip] - 0.7 * slope[2 + clip])));
      for (const auto entry : {clip, clip + 2}) {
        QVERIFY(at::equal(state.read[entry].slice(1, 0, 8), state.exact[clip]));
        QVERIFY(state.read[entry].slice(1, 8).eq(0).all().item<bool>());
      }
    }
  }
};

QTEST_GUILESS_MAIN(TestRows)
#include "test_rows.moc"
