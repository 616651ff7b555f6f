#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include <QtTest>
#include <cmath>
#include <limits>

#include "core/kernels/int8_rows.h"
#include "core/ops/layer_ops.h"
#include "core/ops/row_ops.h"
#include "core/quant/int8_weight_only.h"
#include "core/tensor/precision.h"

using octet::ActivationScales;
using octet::DynamicInt8Weight;

namespace {

at::Tensor random(at::IntArrayRef shape) {
  constexpr std::uint64_t kSeed = 23;
  static const auto generator = at::detail::createCPUGenerator(kSeed);
  return at::randn(shape, generator, at::kFloat);
}

constexpr ActivationScales kScales[] = {ActivationScales::per_tensor, ActivationScales::per_token};

/// What a convolution's input stands for once it is rounded: of all of it at once.
at::Tensor rounded(const at::Tensor& x) {
  const auto rows = octet::quantize_rows(x.reshape({1, -1}), ActivationScales::per_tensor);
  return ((rows.values.to(at::kDouble) - rows.zero_point.item<double>()) * rows.scale.item<double>())
      .view(x.sizes());
}

double largest_error(const at::Tensor& made, const at::Tensor& expected) {
  return (at::abs(made.to(at::kDouble) - expected).max() / at::abs(expected).max()).item<double>();
}

/// Of fp32 after the integers: scale, zero point, bias.
constexpr double kRoundings = 4.0 / (1 << 23);

}  // namespace

class TestDynamicOps : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// torch.ao.nn.quantized.dynamic.Linear with eight bits of its input (reduce_range keeps one back for
  /// processors that saturate).
  void linear_is_pytorchs_quantize_dynamic() {
    const auto x = random({2, 50, 64}) + 0.3f, bias = random({96});
    const auto int8 = octet::quantize_int8(random({96, 64}), 0);
    const auto made = (*octet::prepare_linear(DynamicInt8Weight{int8}, bias))(x, {});

    const auto dispatcher = [](const char* name) {
      return c10::Dispatcher::singleton().findSchemaOrThrow(name, "");
    };
    const auto scale = int8.scale.flatten().to(at::kDouble);
    const auto weight =
        at::_make_per_channel_quantized_tensor(int8.values, scale, at::zeros({96}, at::kLong), 0);
    torch::jit::Stack packed{weight, bias};
    dispatcher("quantized::linear_prepack").callBoxed(&packed);
    torch::jit::Stack product{x, packed.front(), /*reduce_range=*/false};
    dispatcher("quantized::linear_dynamic").callBoxed(&product);
    const auto torchs = product.front().toTensor();
    QVERIFY(made.sizes() == torchs.sizes());
    // The integers are the same, and so is all but the roundings after them.
    QVERIFY2(largest_error(made, torchs.to(at::kDouble)) <= 2 * kRoundings,
             qPrintable(QString::number(largest_error(made, torchs.to(at::kDouble)))));
  }

  void linear_by_token_is_that_of_each_row_alone() {
    const auto x = random({30, 64}) * at::exp(random({30, 1})), bias = random({96});
    const auto int8 = octet::quantize_int8(random({96, 64}), 0);
    const auto by_token = octet::prepare_linear(DynamicInt8Weight{int8, {ActivationScales::per_token}}, bias);
    const auto by_tensor = octet::prepare_linear(DynamicInt8Weight{int8}, bias);
    const auto made = (*by_token)(x, {});
    for (std::int64_t i = 0; i < 30; ++i)
      QVERIFY(at::equal(made.narrow(0, i, 1), (*by_tensor)(x.narrow(0, i, 1), {})));
    QVERIFY(!at::equal(made, (*by_tensor)(x, {})));
  }

  void conv1d_is_the_convolution_of_what_integers_stand_for_data() {
    QTest::addColumn<octet::Shape>("input");
    QTest::addColumn<octet::Shape>("weight");
    QTest::addColumn<int>("stride");
    QTest::addColumn<int>("padding");
    QTest::addColumn<int>("dilation");
    QTest::addColumn<int>("groups");
    QTest::newRow("plain") << octet::Shape{2, 24, 80} << octet::Shape{16, 24, 3} << 1 << 1 << 1 << 1;
    // Columns overlap in memory, with fewer numbers from row to row than a row has.
    QTest::newRow("long") << octet::Shape{1, 32, 2000} << octet::Shape{32, 32, 3} << 1 << 1 << 1 << 1;
    QTest::newRow("one tap") << octet::Shape{1, 24, 80} << octet::Shape{16, 24, 1} << 1 << 0 << 1 << 1;
    QTest::newRow("dilated, strided")
        << octet::Shape{2, 24, 80} << octet::Shape{16, 24, 7} << 2 << 9 << 3 << 1;
    QTest::newRow("groups") << octet::Shape{2, 24, 80} << octet::Shape{16, 6, 5} << 1 << 2 << 1 << 4;
    QTest::newRow("as long as its kernel")
        << octet::Shape{1, 8, 7} << octet::Shape{4, 8, 7} << 1 << 0 << 1 << 1;
  }
  void conv1d_is_the_convolution_of_what_integers_stand_for() {
    QFETCH(octet::Shape, input);
    QFETCH(octet::Shape, weight);
    QFETCH(int, stride);
    QFETCH(int, padding);
    QFETCH(int, dilation);
    QFETCH(int, groups);
    const auto x = random(input) + 0.3f, bias = random({weight[0]});
    const auto int8 = octet::quantize_int8(random(weight), 0);
    const octet::ConvShape shape{stride, padding, dilation, groups};
    const auto made = (*octet::prepare_conv1d(DynamicInt8Weight{int8}, bias, shape))(x, {});
    const auto wide = int8.values.to(at::kDouble) * int8.scale.to(at::kDouble);
    // With groups, each has a scale of its own.
    std::vector<at::Tensor> parts;
    for (const auto& part : x.chunk(groups, 1)) parts.push_back(rounded(part));
    const auto expected =
        at::conv1d(at::cat(parts, 1), wide, bias.to(at::kDouble), stride, padding, dilation, groups);
    QVERIFY(made.sizes() == expected.sizes() && made.is_contiguous());
    QVERIFY2(largest_error(made, expected) <= kRoundings,
             qPrintable(QString::number(largest_error(made, expected))));

    // Of what each result sees, alone.
    const auto by_token =
        (*octet::prepare_conv1d(DynamicInt8Weight{int8, {ActivationScales::per_token}}, bias, shape))(x, {});
    const auto padded = at::constant_pad_nd(x, {padding, padding});
    const auto reach = dilation * (weight[2] - 1) + 1;
    for (const std::int64_t frame : {std::int64_t{0}, expected.size(2) / 2, expected.size(2) - 1}) {
      const auto seen =
          at::slice(padded.narrow(2, frame * stride, reach), 2, 0, reach, dilation).narrow(0, 0, 1);
      parts.clear();
      for (const auto& part : seen.chunk(groups, 1)) parts.push_back(rounded(part));
      const auto alone = at::conv1d(at::cat(parts, 1), wide, bias.to(at::kDouble), at::IntArrayRef{1},
                                    at::IntArrayRef{0}, at::IntArrayRef{1}, groups);
      const auto error = at::abs(by_token.narrow(0, 0, 1).narrow(2, frame, 1).to(at::kDouble) - alone).max();
      QVERIFY(error.item<double>() <= kRoundings * expected.abs().max().item<double>());
    }
  }

  /// The definition of docs/formats.md, "Outliers", in fp64.
  void features_with_outliers_are_multiplied_as_they_are_data() {
    QTest::addColumn<float>("threshold");
    QTest::addColumn<int>("left_out");
    QTest::newRow("of 6") << 6.0f << 2;
    QTest::newRow("of all") << 0.0f << 64;
    QTest::newRow("of none") << std::numeric_limits<float>::infinity() << 0;
  }
  void features_with_outliers_are_multiplied_as_they_are() {
    QFETCH(float, threshold);
    QFETCH(int, left_out);
    auto x = random({2, 25, 64}), bias = random({96});
    x.clamp_(-5, 5);
    x[1][3][7] = 40;
    x[0][20][50] = -30;
    const auto int8 = octet::quantize_int8(random({96, 64}), 0);
    const DynamicInt8Weight weight{int8, {ActivationScales::per_token, threshold}};
    const auto stands_for = [&](const at::Tensor& columns) {
      const auto [rows, outliers] = octet::quantize_inliers(columns, threshold);
      at::Tensor numbers = rows.values.to(at::kDouble) * rows.scale.to(at::kDouble).unsqueeze(1);
      numbers = at::where(outliers, columns.to(at::kDouble), numbers);
      return std::pair(numbers, outliers.sum().item<std::int64_t>());
    };
    const auto wide = int8.values.to(at::kDouble) * int8.scale.to(at::kDouble);
    const auto [rows, features] = stands_for(x.flatten(0, 1));
    QCOMPARE(features, std::int64_t{left_out});
    const auto made = (*octet::prepare_linear(weight, bias))(x, {});
    const auto expected = at::linear(rows, wide, bias.to(at::kDouble)).view({2, 25, 96});
    QVERIFY2(largest_error(made, expected) <= 2 * kRoundings,
             qPrintable(QString::number(largest_error(made, expected))));

    // A convolution over pairs of rows is the product of what each pair holds.
    const DynamicInt8Weight pairs{{int8.values.view({96, 32, 2}), int8.scale.view({96, 1, 1})},
                                  weight.rounding};
    const auto frames = x.flatten(0, 1).narrow(1, 0, 32).contiguous();                 // [frames, channels]
    const auto seen = at::stack({frames.slice(0, 0, 49), frames.slice(0, 1, 50)}, 2);  // [49, channels, taps]
    const auto result = (*octet::prepare_conv1d(pairs, bias, {}))(frames.t().unsqueeze(0), {});
    const auto by_pairs =
        at::linear(stands_for(seen.flatten(1)).first, wide, bias.to(at::kDouble)).t().unsqueeze(0);
    QVERIFY2(largest_error(result, by_pairs) <= 2 * kRoundings,
             qPrintable(QString::number(largest_error(result, by_pairs))));
  }

  /// The definition of docs/formats.md, "Outliers", in fp64, of channels that are known: what others have is
  /// rounded however large it is.
  void fixed_outliers_are_multiplied_as_they_are_data() {
    QTest::addColumn<int>("every");
    QTest::newRow("every fifth") << 5;
    QTest::newRow("all") << 1;
    QTest::newRow("none") << 1000;
  }
  void fixed_outliers_are_multiplied_as_they_are() {
    QFETCH(int, every);
    const auto is_outlier = at::remainder(at::arange(1, 65), every).eq(0).to(at::kChar);
    auto x = random({30, 64}), bias = random({96});
    x.select(1, 6).mul_(50);
    x[3][7] = 40;
    const auto int8 = octet::quantize_int8(random({96, 64}), 0);
    const auto wide = int8.values.to(at::kDouble) * int8.scale.to(at::kDouble);
    constexpr octet::InputRounding kRounding{ActivationScales::per_token,
                                             std::numeric_limits<float>::infinity()};
    const auto stands_for = [](const at::Tensor& rows, const at::Tensor& outliers) {
      const auto rest = rows.masked_fill(outliers.to(at::kBool), 0);
      const auto largest = rest.abs().amax(1, /*keepdim=*/true);
      const auto scale = at::where(largest > 0, largest / 127.0f, at::ones_like(largest));
      const auto rounded = at::round(rest * scale.reciprocal()).to(at::kDouble) * scale.to(at::kDouble);
      return at::where(outliers.to(at::kBool), rows.to(at::kDouble), rounded);
    };
    const DynamicInt8Weight weight{int8, kRounding, is_outlier};
    const auto made = (*octet::prepare_linear(weight, bias))(x, {});
    const auto expected = at::linear(stands_for(x, is_outlier), wide, bias.to(at::kDouble));
    QVERIFY2(largest_error(made, expected) <= 2 * kRoundings,
             qPrintable(QString::number(largest_error(made, expected))));

    // A convolution over pairs of frames: a channel is one at both.
    const auto of_channels = is_outlier.narrow(0, 0, 32);
    const DynamicInt8Weight pairs{
        {int8.values.view({96, 32, 2}), int8.scale.view({96, 1, 1})}, kRounding, of_channels};
    const auto frames = x.narrow(1, 0, 32).contiguous();
    const auto seen = at::stack({frames.slice(0, 0, 29), frames.slice(0, 1, 30)}, 2).flatten(1);
    const auto result = (*octet::prepare_conv1d(pairs, bias, {}))(frames.t().unsqueeze(0), {});
    const auto by_pairs =
        at::linear(stands_for(seen, of_channels.repeat_interleave(2)), wide, bias.to(at::kDouble))
            .t()
            .unsqueeze(0);
    QVERIFY2(largest_error(result, by_pairs) <= 2 * kRoundings,
             qPrintable(QString::number(largest_error(result, by_pairs))));
  }

  /// What is left out is a product of the base type's weights.
  void outliers_are_multiplied_in_the_inputs_type() {
    const auto int8 = octet::quantize_int8(random({96, 64}), 0);
    const auto op = octet::prepare_linear(DynamicInt8Weight{int8, {ActivationScales::per_token, 0.0f}}, {});
    const auto x = random({5, 64}).to(at::kBFloat16);
    const auto weight = (int8.values.to(at::kFloat) * int8.scale).to(at::kBFloat16);
    const auto expected = at::linear(x.to(at::kDouble), weight.to(at::kDouble));
    constexpr double kHalfStep = 1.0 / (1 << 8);  // of bf16
    const auto made = (*op)(x, {});
    QVERIFY(made.scalar_type() == at::kBFloat16);
    QVERIFY((at::abs(made.to(at::kDouble) - expected) <= at::abs(expected) * kHalfStep + 1e-4)
                .all()
                .item<bool>());
  }

  /// Rows side by side are what GPUs compute with: layers that are rounded alike become one product there.
  void rows_are_the_layers_side_by_side_data() {
    QTest::addColumn<int>("scales");
    QTest::addColumn<float>("outliers_from");
    QTest::newRow("tensor") << static_cast<int>(ActivationScales::per_tensor) << -1.0f;
    QTest::newRow("token") << static_cast<int>(ActivationScales::per_token) << -1.0f;
    QTest::newRow("outliers") << static_cast<int>(ActivationScales::per_token) << 2.5f;
    QTest::newRow("fixed outliers") << static_cast<int>(ActivationScales::per_token)
                                    << std::numeric_limits<float>::infinity();
  }
  void rows_are_the_layers_side_by_side() {
    QFETCH(int, scales);
    QFETCH(float, outliers_from);
    octet::InputRounding rounding{static_cast<ActivationScales>(scales)};
    if (outliers_from >= 0) rounding.outliers_from = outliers_from;
    const auto x = random({2, 30, 32}) * at::exp(random({2, 30, 1}));
    std::vector<octet::RowProduct::Part> parts;
    std::vector<at::Tensor> alone;
    const auto fixed = outliers_from == std::numeric_limits<float>::infinity()
                           ? at::remainder(at::arange(32), 5).eq(1).to(at::kChar)
                           : at::Tensor();
    const auto add = [&](const at::Tensor& weight, const octet::Bias& bias, const octet::InputRounding& how,
                         const at::Tensor& outliers) {
      const DynamicInt8Weight dynamic{octet::quantize_int8(weight, 0), how, outliers};
      parts.push_back({dynamic, bias});
      const auto past =
          at::constant_pad_nd(x.transpose(1, 2), {weight.dim() == 3 ? weight.size(2) - 1 : 0, 0});
      alone.push_back(weight.dim() == 3
                          ? (*octet::prepare_conv1d(dynamic, bias, {}))(past, {}).transpose(1, 2)
                          : (*octet::prepare_linear(dynamic, bias))(x, {}));
    };
    add(random({24, 32, 3}), random({24}), rounding, fixed);
    add(random({16, 32}), random({16}), rounding, fixed);
    add(random({8, 32}), random({8}), rounding, fixed);
    add(random({8, 32}), random({8}), rounding, fixed.defined() ? fixed.flip(0) : fixed);
    add(random({8, 32}), random({8}), {ActivationScales::per_token, 1e9f}, {});
    add(random({8, 32}), {}, rounding, fixed);
    const auto dense = random({8, 32});
    parts.push_back({octet::DenseWeight{dense}, {}});
    alone.push_back(at::linear(x, dense));
    const auto made = octet::RowProduct(parts)(x);
    QVERIFY2(largest_error(made, at::cat(alone, 2).to(at::kDouble)) <= kRoundings,
             qPrintable(QString::number(largest_error(made, at::cat(alone, 2).to(at::kDouble)))));
  }

  void results_have_the_inputs_type() {
    const auto int8 = octet::quantize_int8(random({96, 64}), 0);
    for (const auto scales : kScales)
      for (const auto type : {at::kFloat, at::kBFloat16, at::kHalf}) {
        const auto x = random({5, 64}).to(type);
        const auto op = octet::prepare_linear(DynamicInt8Weight{int8, {scales}}, random({96}).to(type));
        const auto made = (*op)(x, {});
        QVERIFY(made.scalar_type() == type);
        QVERIFY(at::equal(made, (*op)(x.to(at::kFloat), {}).to(type)));
      }
  }
};

QTEST_GUILESS_MAIN(TestDynamicOps)
#include "test_dynamic_ops.moc"
