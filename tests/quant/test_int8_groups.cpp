#include "core/quant/int8_groups.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <QtTest>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/kernels/dequantize.h"
#include "core/ops/layer_ops.h"
#include "core/ops/row_ops.h"
#include "core/quant/int8_weight_only.h"
#include "core/tensor/precision.h"

namespace {

at::Tensor random(at::IntArrayRef shape) {
  constexpr std::uint64_t kSeed = 24;
  static const auto generator = at::detail::createCPUGenerator(kSeed);
  return at::randn(shape, generator, at::kFloat);
}

/// Those of a channel, in the order that groups are cut from.
std::vector<float> inputs_of(const at::Tensor& weight, int axis, std::int64_t channel) {
  const auto row = weight.select(axis, channel).contiguous().flatten();
  return {row.const_data_ptr<float>(), row.const_data_ptr<float>() + row.numel()};
}

}  // namespace

class TestInt8Groups : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// docs/formats.md, "Groups and zero points", one element after the other.
  void every_shape_agrees_with_a_scalar_loop_data() {
    QTest::addColumn<octet::Shape>("shape");
    QTest::addColumn<int>("axis");
    QTest::addColumn<int>("group");
    QTest::newRow("Linear") << octet::Shape{48, 64} << 0 << 32;
    QTest::newRow("Linear, a shorter last group") << octet::Shape{48, 100} << 0 << 64;
    QTest::newRow("fewer inputs than a group") << octet::Shape{48, 20} << 0 << 128;
    QTest::newRow("Conv1d") << octet::Shape{24, 16, 7} << 0 << 32;
    QTest::newRow("ConvTranspose1d") << octet::Shape{32, 16, 11} << 1 << 128;
    QTest::newRow("Conv2d") << octet::Shape{8, 4, 3, 3} << 0 << 32;
    QTest::newRow("whole channels") << octet::Shape{32, 16, 11} << 1 << 0;
  }
  void every_shape_agrees_with_a_scalar_loop() {
    QFETCH(octet::Shape, shape);
    QFETCH(int, axis);
    QFETCH(int, group);
    auto loudness = octet::Shape(shape.size(), 1);
    loudness[static_cast<std::size_t>(axis)] = shape[static_cast<std::size_t>(axis)];
    const auto weight = random(shape) * at::exp(random(loudness)) + 0.1f;
    for (const bool asymmetric : {false, true}) {
      const auto made = octet::quantize_groups(weight, axis, {.group = group, .asymmetric = asymmetric});
      QVERIFY(made.values.sizes() == weight.sizes() && made.zero_point.defined() == asymmetric);
      const auto exact = octet::dequantize(made, at::kFloat);
      for (std::int64_t channel = 0; channel < weight.size(axis); ++channel) {
        const auto inputs = inputs_of(weight, axis, channel);
        const auto integers = inputs_of(made.values.to(at::kFloat), axis, channel);
        const auto stand_for = inputs_of(exact, axis, channel);
        const auto size = group == 0 ? inputs.size() : static_cast<std::size_t>(group);
        QCOMPARE(made.scale.size(1), std::int64_t((inputs.size() + size - 1) / size));
        for (std::size_t i = 0; i < inputs.size(); ++i) {
          const auto begin = inputs.begin() + static_cast<std::ptrdiff_t>(i / size * size);
          const auto end =
              inputs.begin() + static_cast<std::ptrdiff_t>(std::min((i / size + 1) * size, inputs.size()));
          const float low = std::min(0.0f, *std::min_element(begin, end)),
                      high = std::max(0.0f, *std::max_element(begin, end));
          const float scale = asymmetric ? high / 255.0f - low / 255.0f : std::max(high, -low) / 127.0f;
          const auto at = [&](const at::Tensor& t) {
            return t[channel][static_cast<std::int64_t>(i / size)];
          };
          QCOMPARE(at(made.scale).item<float>(), scale);
          float zero_point = 0;
          if (asymmetric) {
            zero_point = std::min(127.0f, std::max(-128.0f, std::nearbyint(-128.0f - low / scale)));
            QCOMPARE(at(made.zero_point).item<float>(), zero_point);
          }
          const float rounded = std::nearbyint(inputs[i] / scale) + zero_point;
          QCOMPARE(integers[i], std::min(127.0f, std::max(asymmetric ? -128.0f : -127.0f, rounded)));
          QCOMPARE(stand_for[i], (integers[i] - zero_point) * scale);
        }
      }
    }
  }

  void one_group_of_all_inputs_is_plain_rounding() {
    const auto weight = random({32, 16, 11});
    const auto plain = octet::quantize_int8(weight, 1);
    const auto made = octet::quantize_groups(weight, 1, {});
    QVERIFY(at::equal(made.values, plain.values));
    QVERIFY(at::equal(made.scale.flatten(), plain.scale.flatten()));
    QVERIFY(at::equal(octet::dequantize(made, at::kBFloat16), octet::dequantize(plain, at::kBFloat16)));
  }

  void groups_can_be_clipped() {
    auto weight = random({4, 64});
    weight.select(1, 0).fill_(8);
    const auto plain = octet::quantize_groups(weight, 0, {.group = 32});
    const auto made = octet::quantize_groups(
        weight, 0, {.clip = octet::WeightOnlyOptions::Clip::percentile, .percentile = 90, .group = 32});
    QVERIFY(made.scale.select(1, 0).lt(plain.scale.select(1, 0)).all().item<bool>());
  }

  void silent_wild_and_one_sided_groups_have_scales_that_are_finite_and_normal() {
    auto weight = at::zeros({5, 32});
    weight[1].fill_(1e-40f);
    weight[2].fill_(3e38f);
    weight[2][0] = -3e38f;
    weight[3].fill_(2.55f);
    weight[4].fill_(-2.55f);
    const auto made = octet::quantize_groups(weight, 0, {.group = 32, .asymmetric = true});
    QVERIFY(at::isfinite(made.scale).all().item<bool>());
    QVERIFY(made.scale.ge(std::numeric_limits<float>::min()).all().item<bool>());
    QCOMPARE(made.scale[0].item<float>(), 1.0f);
    QCOMPARE(made.zero_point[3].item<int>(), -128);
    QCOMPARE(made.zero_point[4].item<int>(), 127);
    const auto error = at::abs(octet::dequantize(made, at::kFloat) - weight);
    QVERIFY(error.le(made.scale * 0.5001f).all().item<bool>());
  }

  /// What is multiplied is the weight that the integers stand for, wherever it is.
  void products_are_those_of_the_dequantized_weight() {
    const octet::WeightOnlyOptions options{.group = 32, .asymmetric = true};
    const auto x = random({1, 24, 40}), rows = random({1, 40, 24});
    const auto conv = octet::quantize_groups(random({16, 24, 3}), 0, options);
    const auto dense = octet::DenseWeight{octet::dequantize(conv, at::kFloat)};
    const octet::ConvShape shape{.padding = 1};
    QVERIFY(at::equal((*octet::prepare_conv1d(conv, {}, shape))(x, {}),
                      (*octet::prepare_conv1d(dense, {}, shape))(x, {})));
    QVERIFY(at::equal(octet::RowProduct({{conv, {}}})(rows), octet::RowProduct({{dense, {}}})(rows)));
    const auto table = octet::quantize_groups(random({50, 48}), 0, options);
    const auto ids = at::tensor({49, 0, 7, 7, 31, 2}, at::kLong).view({2, 3});
    QVERIFY(at::equal((*octet::prepare_embedding(table, at::kBFloat16))(ids, {}),
                      at::embedding(octet::dequantize(table, at::kBFloat16), ids)));
  }
};

QTEST_GUILESS_MAIN(TestInt8Groups)
#include "test_int8_groups.moc"
