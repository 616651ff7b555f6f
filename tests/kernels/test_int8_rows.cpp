#include "core/kernels/int8_rows.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <QtTest>
#include <cmath>
#include <limits>

using octet::ActivationScales;

namespace {

constexpr std::uint64_t kSeed = 22;

at::Tensor random(at::IntArrayRef shape) {
  static const auto generator = at::detail::createCPUGenerator(kSeed);
  return at::randn(shape, generator, at::kFloat);
}

at::Tensor integers(at::IntArrayRef shape) {
  static const auto generator = at::detail::createCPUGenerator(kSeed);
  return at::randint(-128, 128, shape, generator, at::TensorOptions().dtype(at::kChar));
}

at::Tensor exact_product(const at::Tensor& x, const at::Tensor& w) {
  return at::mm(x.to(at::kLong), w.t().to(at::kLong)).to(at::kInt);
}

}  // namespace

class TestInt8Rows : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void rows_are_rounded_as_pytorch_rounds_them_data() {
    QTest::addColumn<at::Tensor>("x");
    QTest::newRow("both signs") << random({50, 67});
    QTest::newRow("positive") << random({3, 128}).abs();
    QTest::newRow("negative") << -random({3, 129}).abs();
    QTest::newRow("nought") << at::zeros({4, 33});
    QTest::newRow("below the smallest scale") << random({7, 40}) * 1e-4;
    QTest::newRow("tiny and positive") << random({7, 40}).abs() * 1e-4;
    QTest::newRow("tiny and negative") << random({7, 40}).abs() * -1e-4;
    QTest::newRow("subnormal") << random({7, 40}) * 1e-40;
    QTest::newRow("large") << random({2, 300}) * 1e30;
    QTest::newRow("far from nought") << random({9, 31}) + 1000;
    QTest::newRow("halves") << at::arange(-128, 128, 0.5f).view({2, -1}).contiguous();
    QTest::newRow("one number") << at::full({1, 1}, -3.5f);
    QTest::newRow("many") << random({600, 513}) * at::exp(random({600, 1}));
  }
  void rows_are_rounded_as_pytorch_rounds_them() {
    QFETCH(at::Tensor, x);
    const auto check = [](const at::Tensor& given, const octet::Int8Rows& made) {
      const auto [scale, zero_point] = at::_choose_qparams_per_tensor(given, /*reduce_range=*/false);
      const auto expected = at::quantize_per_tensor(given, scale, zero_point, at::kQUInt8).int_repr();
      return made.scale.item<float>() == static_cast<float>(scale) &&
             made.zero_point.item<std::int64_t>() == zero_point - 128 &&
             at::equal(made.values.to(at::kInt) + 128, expected.to(at::kInt));
    };
    QVERIFY(check(x, octet::quantize_rows(x, ActivationScales::per_tensor)));
    const auto [values, scale, zero_point] = octet::quantize_rows(x, ActivationScales::per_token);
    for (std::int64_t i = 0; i < x.size(0); ++i)
      QVERIFY2(check(x.narrow(0, i, 1), {values.narrow(0, i, 1), scale[i], zero_point[i]}),
               QByteArray::number(static_cast<qlonglong>(i)));
  }

  /// By the definition, number by number.
  void inliers_are_rounded_row_by_row_without_features_that_have_outliers_data() {
    QTest::addColumn<at::Tensor>("x");
    QTest::addColumn<float>("threshold");
    auto few = random({9, 67});
    few[3][5] = 6.0f;
    few[8][66] = -7.5f;
    QTest::newRow("few") << few << 6.0f;
    QTest::newRow("all") << random({4, 40}) << 0.0f;
    QTest::newRow("none") << random({4, 40}) * 100 << std::numeric_limits<float>::infinity();
    QTest::newRow("nought") << at::zeros({3, 20}) << 6.0f;
    QTest::newRow("subnormal") << random({3, 20}) * 1e-40 << 6.0f;
    QTest::newRow("many") << random({600, 513}) * at::exp(random({1, 513})) << 6.0f;
  }
  void inliers_are_rounded_row_by_row_without_features_that_have_outliers() {
    QFETCH(at::Tensor, x);
    QFETCH(float, threshold);
    const auto [rows, outliers] = octet::quantize_inliers(x, threshold);
    const auto is_outlier = x.abs() >= threshold, is_left_out = is_outlier.any(0);
    QVERIFY(at::equal(outliers, is_left_out));
    const auto step = x.abs().masked_fill(is_outlier, 0).amax(1) / 127.0f;
    const auto scale = at::where(step < std::numeric_limits<float>::min(), at::ones_like(step), step);
    QVERIFY(at::equal(rows.scale, scale));
    QVERIFY(!rows.zero_point.any().item<bool>());
    const auto values = at::clamp(at::round(x * (1 / scale).unsqueeze(1)), -127, 127).to(at::kChar);
    QVERIFY(at::equal(rows.values, values.masked_fill(is_left_out, 0)));
  }

  /// As if the rows had noughts there, and whatever others hold.
  void known_outliers_are_left_out_of_scales_and_rows() {
    auto x = random({9, 67});
    x.select(1, 4).mul_(100);
    x[2][5] = 7;
    const auto outliers = at::zeros({67}, at::kBool);
    outliers[4] = true;
    const auto made = octet::quantize_inliers(x, outliers);
    const auto rest =
        octet::quantize_inliers(x.masked_fill(outliers, 0), std::numeric_limits<float>::infinity());
    QVERIFY(at::equal(made.rows.scale, rest.rows.scale));
    QVERIFY(at::equal(made.rows.values, rest.rows.values));
    QVERIFY(made.rows.values[2][5].item<int>() == 127);
    QVERIFY(at::equal(made.outliers, outliers));
  }

  void products_are_exact() {
    // 5000 inputs make sums that fp32 cannot hold; each kind of product has to split or not need to.
    for (const auto& [rows, inputs, width] :
         {std::array{1, 1, 1}, {17, 256, 40}, {33, 1025, 7}, {5, 5000, 64}}) {
      const auto x = integers({rows, inputs}), w = integers({width, inputs});
      QVERIFY(at::equal(octet::multiply_int8(x, w), exact_product(x, w)));
      QVERIFY(at::equal(octet::multiply_int8_in_fp32(x, w), exact_product(x, w)));
    }
    const auto low = at::full({2, 3000}, -128, at::kChar), high = at::full({3, 3000}, 127, at::kChar);
    for (const auto& [x, w] : {std::pair(low, low), {low, high}, {high, high}}) {
      QVERIFY(at::equal(octet::multiply_int8(x, w), exact_product(x, w)));
      QVERIFY(at::equal(octet::multiply_int8_in_fp32(x, w), exact_product(x, w)));
    }
  }

  void products_are_those_of_what_the_integers_stand_for() {
    const auto x = random({40, 96}) + 0.5f, w_scale = random({24}).abs() + 0.1f, bias = random({24});
    const auto w = integers({24, 96}), w_sums = at::sum(w, 1, false, at::kInt);
    for (const auto scales : {ActivationScales::per_tensor, ActivationScales::per_token}) {
      const auto rows = octet::quantize_rows(x, scales);
      const auto wide = [](const at::Tensor& t) { return t.to(at::kDouble); };
      const auto stands_for =
          (wide(rows.values) - wide(rows.zero_point).view({-1, 1})) * wide(rows.scale).view({-1, 1});
      const auto expected = at::mm(stands_for, wide(w).t()) * wide(w_scale);
      const auto made = octet::multiply_rows(rows, {w, w_scale, w_sums, bias}, at::kFloat);
      // Four roundings of fp32, of numbers that are at most the largest product and bias.
      const auto most = expected.abs().max().item<double>() + 4;
      QVERIFY(at::abs(wide(made) - expected - wide(bias)).max().item<double>() <=
              most * std::ldexp(1.0, -22));
      QVERIFY(at::equal(octet::multiply_rows(rows, {w, w_scale, w_sums, {}}, at::kFloat),
                        octet::multiply_rows(rows, {w, w_scale, w_sums, bias * 0}, at::kFloat)));
      QVERIFY(at::equal(octet::multiply_rows(rows, {w, w_scale, w_sums, bias}, at::kBFloat16),
                        made.to(at::kBFloat16)));
    }
  }

  /// Integers have no NaN: it would end up as sound.
  void numbers_that_are_not_finite_are_not_hidden() {
    for (const float wild : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(),
                             -std::numeric_limits<float>::infinity()})
      for (const std::int64_t place : {0, 17, 70}) {
        auto x = random({3, 71});
        x[1][place] = wild;
        const auto w = integers({4, 71});
        const auto result = [&](ActivationScales scales) {
          const auto rows = octet::quantize_rows(x, scales);
          return octet::multiply_rows(rows, {w, at::ones({4}), at::sum(w, 1, false, at::kInt), {}},
                                      at::kFloat);
        };
        QVERIFY(at::isnan(result(ActivationScales::per_tensor)).all().item<bool>());
        const auto by_token = result(ActivationScales::per_token);
        QVERIFY(at::isnan(by_token[1]).all().item<bool>());
        QVERIFY(at::isfinite(by_token[0]).all().item<bool>() && at::isfinite(by_token[2]).all().item<bool>());
        for (const float threshold : {6.0f, std::numeric_limits<float>::infinity()})
          QVERIFY(std::isnan(octet::quantize_inliers(x, threshold).rows.scale[1].item<float>()));
      }
  }
};

QTEST_GUILESS_MAIN(TestInt8Rows)
#include "test_int8_rows.moc"
