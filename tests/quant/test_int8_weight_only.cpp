#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <QtTest>
#include <cmath>
#include <limits>

#include "core/checkpoint/checkpoint.h"
#include "core/checkpoint/read_weight.h"
#include "core/kernels/dequantize.h"
#include "core/quant/int8_weight_only.h"
#include "core/resources.h"
#include "core/synthesis/weight_error.h"
#include "core/synthesis/weight_store.h"

namespace {

struct Quantized {
  std::vector<std::int8_t> values;
  std::vector<float> scale;
};

/// docs/formats.md, "int8 arithmetic", one element after the other. Half to even is std::nearbyint's default.
Quantized quantize_one_by_one(const at::Tensor& weight, int axis) {
  const auto channels = weight.size(axis);
  std::int64_t inner = 1;
  for (auto i = axis + 1; i < weight.dim(); ++i) inner *= weight.size(i);
  const float* data = weight.const_data_ptr<float>();
  const auto channel_of = [&](std::int64_t i) { return static_cast<std::size_t>(i / inner % channels); };

  Quantized made{{}, std::vector<float>(static_cast<std::size_t>(channels), 0.0f)};
  for (std::int64_t i = 0; i < weight.numel(); ++i)
    made.scale[channel_of(i)] = std::max(made.scale[channel_of(i)], std::fabs(data[i]));
  for (auto& scale : made.scale) {
    scale /= 127.0f;
    if (scale < std::numeric_limits<float>::min()) scale = 1;
  }
  for (std::int64_t i = 0; i < weight.numel(); ++i) {
    const float rounded = std::nearbyint(data[i] / made.scale[channel_of(i)]);
    made.values.push_back(static_cast<std::int8_t>(std::min(127.0f, std::max(-127.0f, rounded))));
  }
  return made;
}

bool equals(const octet::Int8Weight& weight, const Quantized& expected) {
  const auto* values = weight.values.const_data_ptr<std::int8_t>();
  const auto* scale = weight.scale.const_data_ptr<float>();
  return std::equal(expected.values.begin(), expected.values.end(), values, values + weight.values.numel()) &&
         std::equal(expected.scale.begin(), expected.scale.end(), scale, scale + weight.scale.numel());
}

at::Tensor random(const octet::Shape& shape) {
  constexpr std::uint64_t kSeed = 20;
  static const auto generator = at::detail::createCPUGenerator(kSeed);
  return at::randn(shape, generator, at::kFloat);
}

}  // namespace

class TestInt8WeightOnly : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void every_shape_agrees_with_a_scalar_loop_data() {
    QTest::addColumn<octet::Shape>("shape");
    QTest::addColumn<int>("axis");
    QTest::addColumn<octet::Shape>("scale_shape");
    QTest::newRow("Linear") << octet::Shape{48, 33} << 0 << octet::Shape{48, 1};
    QTest::newRow("Conv1d") << octet::Shape{24, 16, 7} << 0 << octet::Shape{24, 1, 1};
    QTest::newRow("grouped Conv1d") << octet::Shape{64, 1, 31} << 0 << octet::Shape{64, 1, 1};
    QTest::newRow("ConvTranspose1d") << octet::Shape{32, 16, 11} << 1 << octet::Shape{1, 16, 1};
    QTest::newRow("square ConvTranspose1d") << octet::Shape{16, 16, 16} << 1 << octet::Shape{1, 16, 1};
    QTest::newRow("Conv2d") << octet::Shape{8, 4, 3, 3} << 0 << octet::Shape{8, 1, 1, 1};
    QTest::newRow("Embedding") << octet::Shape{101, 12} << 0 << octet::Shape{101, 1};
    QTest::newRow("one channel") << octet::Shape{1, 40} << 0 << octet::Shape{1, 1};
  }
  void every_shape_agrees_with_a_scalar_loop() {
    QFETCH(octet::Shape, shape);
    QFETCH(int, axis);
    QFETCH(octet::Shape, scale_shape);
    // Channels of very different loudness, so that a wrong axis cannot hide.
    auto loudness = octet::Shape(shape.size(), 1);
    loudness[static_cast<std::size_t>(axis)] = shape[static_cast<std::size_t>(axis)];
    const auto weight = random(shape) * at::exp(3 * random(loudness));
    const auto made = octet::quantize_int8(weight, axis);
    QVERIFY(made.values.scalar_type() == at::kChar && made.scale.scalar_type() == at::kFloat);
    QVERIFY(made.values.sizes() == at::IntArrayRef(shape));
    QVERIFY(made.scale.sizes() == at::IntArrayRef(scale_shape));
    QVERIFY(equals(made, quantize_one_by_one(weight, axis)));

    const auto exact = made.values.to(at::kFloat) * made.scale;
    QVERIFY(at::equal(octet::dequantize(made, at::kFloat), exact));
    QVERIFY(at::equal(octet::dequantize(made, at::kBFloat16), exact.to(at::kBFloat16)));
    QVERIFY(at::equal(octet::dequantize(made, at::kHalf), exact.to(at::kHalf)));
    // Half a step, and the rounding of W / s and q s at up to 127 steps: 127 * 2^-23 steps.
    const auto steps = at::abs(weight.to(at::kDouble) - exact.to(at::kDouble)) / made.scale;
    QVERIFY2(steps.max().item<double>() <= 0.5 + 127 * std::ldexp(1.0, -23),
             qPrintable(QString::number(steps.max().item<double>())));
  }

  void halves_go_to_the_even_neighbour() {
    // The largest is 127, so that the scale is exactly 1.
    const auto weight =
        at::tensor({127.0f, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -2.5f, 126.5f, -126.5f}).view({1, 9});
    const auto made = octet::quantize_int8(weight, 0);
    QCOMPARE(made.scale.item<float>(), 1.0f);
    QVERIFY(
        at::equal(made.values, at::tensor({127, 0, 2, 2, 0, -2, -2, 126, -126}).to(at::kChar).view({1, 9})));
  }

  void a_weight_is_divided_not_multiplied_by_a_reciprocal() {
    // At odd halves of a step the quotient and the product with the rounded reciprocal part ways.
    const auto largest = at::arange(1, 2001, at::kFloat).view({-1, 1}) / 7;
    const auto weight =
        at::cat({largest, largest / 127.0f * (at::arange(0, 126, at::kFloat) + 0.5f)}, 1).contiguous();
    const auto made = octet::quantize_int8(weight, 0);
    QVERIFY(equals(made, quantize_one_by_one(weight, 0)));
    const auto by_reciprocal = at::clamp(at::round(weight * (1.0f / made.scale)), -127, 127).to(at::kChar);
    QVERIFY2(!at::equal(by_reciprocal, made.values),
             "this weight does not tell division from multiplication");
  }

  void silent_channels_have_scale_one_and_values_zero() {
    auto weight = random({6, 5, 3});
    weight.select(0, 2).zero_();
    const auto made = octet::quantize_int8(weight, 0);
    QVERIFY(equals(made, quantize_one_by_one(weight, 0)));
    QCOMPARE(made.scale.select(0, 2).item<float>(), 1.0f);
    QCOMPARE(made.values.select(0, 2).abs().sum().item<std::int64_t>(), 0);
  }

  /// What reads exports refuses subnormal scales: other programs flush them to zero.
  void channels_too_quiet_for_a_normal_scale_become_zeros() {
    const float smallest = std::numeric_limits<float>::denorm_min();
    const float normal = std::numeric_limits<float>::min();
    // A step that underflows to zero, two subnormal ones, the largest of these, the smallest normal one, an
    // ordinary one.
    const auto quiet = std::nextafter(normal * 127, 0.0f);
    const auto weight = at::tensor({smallest, -63 * smallest, 136 * smallest, -136 * smallest, 1e-40f,
                                    -5e-41f, quiet, -quiet, normal * 127, -normal, 1.0f, -0.5f})
                            .view({6, 2});
    const auto made = octet::quantize_int8(weight, 0);
    QVERIFY(equals(made, quantize_one_by_one(weight, 0)));
    for (const int channel : {0, 1, 2, 3}) {
      QCOMPARE(made.scale[channel][0].item<float>(), 1.0f);
      QVERIFY(made.values[channel].eq(0).all().item<bool>());
    }
    QCOMPARE(made.scale[4][0].item<float>(), normal);
    QVERIFY(at::equal(made.values[4], at::tensor({127, -1}).to(at::kChar)));
    QVERIFY(made.scale.ge(normal).all().item<bool>());
    QVERIFY(at::abs(octet::dequantize(made, at::kFloat) - weight).max().item<float>() <= 1.0f / 254);
  }

  /// Half an octave of scales, each tried in fp64: none beats the one that is taken.
  void no_scale_has_a_smaller_squared_error_than_clipping_by_mse() {
    // An outlier each. Cutting it to 5 costs 1 and saves 2 of the 7 that rounding costs the 40000 others.
    const auto weight = at::cat({random({6, 40000}), at::full({6, 1}, 6.0f)}, 1);
    const auto plain = octet::quantize_int8(weight, 0);
    const auto made = octet::quantize_int8(weight, 0, {.clip = octet::WeightOnlyOptions::Clip::mse});
    const auto error_of = [&](const at::Tensor& values, const at::Tensor& scale) {
      return at::square(values.to(at::kDouble) * scale - weight.to(at::kDouble)).sum(1);
    };
    const auto least = error_of(made.values, made.scale);
    QVERIFY(least.lt(error_of(plain.values, plain.scale)).all().item<bool>());
    for (int steps = 64; steps >= 32; --steps) {
      const auto scale = plain.scale * (static_cast<float>(steps) / 64);
      const auto values = at::clamp(at::round(weight / scale), -127, 127);
      // Errors are rounded to fp32 before they are squared: 2^-23 of each square at most.
      QVERIFY(least.le(error_of(values, scale) * (1 + std::ldexp(1.0, -22))).all().item<bool>());
    }
    QVERIFY(at::equal(made.values, at::clamp(at::round(weight / made.scale), -127, 127).to(at::kChar)));
  }

  void clipping_by_percentile_takes_the_nearest_rank_of_each_channel() {
    // Two channels of ConvTranspose1d [in, out, kernel]: 1 to 1000, and ten times that.
    const auto ramp = at::arange(1, 1001, at::kFloat).flip(0).view({100, 1, 10});
    const auto weight = at::cat({ramp, ramp * -10}, 1);
    using enum octet::WeightOnlyOptions::Clip;
    const auto made = octet::quantize_int8(weight, 1, {.clip = percentile, .percentile = 98.95});
    QCOMPARE(made.scale[0][0][0].item<float>(), 990.0f / 127);  // 989.5 of 1000, rounded up
    QCOMPARE(made.scale[0][1][0].item<float>(), 9900.0f / 127);
    QCOMPARE(made.values.to(at::kInt).abs().eq(127).sum().item<std::int64_t>(), 2 * (1000 - 986));
  }

  void clipping_leaves_silent_and_nearly_silent_channels_alone() {
    auto weight = at::zeros({3, 100});
    weight[1][7] = 0.25f;                                      // most percentiles are zero
    weight[2].fill_(std::numeric_limits<float>::min() * 130);  // half its scale would be subnormal
    const auto plain = octet::quantize_int8(weight, 0);
    using enum octet::WeightOnlyOptions::Clip;
    for (const auto clip : {mse, percentile}) {
      const auto made = octet::quantize_int8(weight, 0, {.clip = clip});
      QVERIFY(at::equal(made.scale, plain.scale) && at::equal(made.values, plain.values));
    }
  }

  /// The axis each layer of a real checkpoint is quantized along, weight norm folded.
  void layers_have_a_scale_per_output_channel() {
    const auto checkpoint = octet::Checkpoint::open(octet::demo_voice_folder() / "s3gen_demo.safetensors");
    std::set<octet::LayerType> seen;
    for (const auto& layer : checkpoint->layers()) {
      if (!layer.quantizable()) continue;
      const bool transposed = layer.type == octet::LayerType::conv_transpose1d;
      if (!transposed && !seen.insert(layer.type).second) continue;  // one of each type, all transposed
      seen.insert(layer.type);
      const auto made = std::get<octet::Int8Weight>(
          octet::weight_of(*checkpoint, layer, {.storage = octet::Precision::int8}));
      octet::Shape expected(layer.weight().shape.size(), 1);
      expected[transposed ? 1 : 0] = layer.weight().shape[transposed ? 1 : 0];
      QVERIFY2(made.scale.sizes() == at::IntArrayRef(expected), layer.name.c_str());
      const auto peaks =
          at::amax(made.values.to(at::kInt).abs().transpose(0, transposed ? 1 : 0).flatten(1), 1);
      QVERIFY2(peaks.eq(127).logical_or(peaks.eq(0)).all().item<bool>(), layer.name.c_str());
    }
    QCOMPARE(seen.size(), 5u);
  }

  /// Rounding to steps of s, a channel's peak over 127, leaves errors that are even over a step: s^2 / 12
  /// each. The mean of n squares of such errors lies within 4 * 0.894 / sqrt(n) of that in all but one of
  /// 10,000 cases. The 7,680 weights of this layer count as 6,200, because the steps of its channels
  /// differ: 4.5 % or 0.19 dB. A step twice too coarse would be 6 dB off.
  void the_snr_of_a_weight_is_that_of_its_rounding() {
    const auto checkpoint = octet::Checkpoint::open(octet::demo_voice_folder() / "s3gen_demo.safetensors");
    const auto& layer = *checkpoint->find("flow.encoder_proj");
    const auto weight = octet::read_folded(*checkpoint, layer, layer.weight()).to(at::kDouble);
    QCOMPARE(weight.numel(), 7680);
    const auto steps = at::amax(at::abs(weight), 1, /*keepdim=*/true) / 127;
    const auto noise = (at::square(steps) / 12).sum() * weight.size(1);
    const auto expected = 10 * std::log10((at::square(weight).sum() / noise).item<double>());
    const auto snr_of = [&](const char* options) {
      const octet::Recipe recipe{.storage = octet::Precision::int8, .options = options};
      return octet::int8_weight_error(*checkpoint, layer, recipe).decibels();
    };
    const double snr = snr_of("");
    QVERIFY2(std::abs(snr - expected) < 0.2, qPrintable(QString("%1, not %2").arg(snr).arg(expected)));
    QVERIFY(snr_of(R"({"group":32})") > snr + 1);  // by its own method: finer steps
  }

  void the_snr_of_a_plan_is_that_of_all_its_int8_weights() {
    const auto checkpoint = octet::Checkpoint::open(octet::demo_voice_folder() / "s3gen_demo.safetensors");
    auto plan = octet::preset("all-base", octet::Precision::fp32, false);
    plan.layers = {{"flow.encoder_proj", {}}, {"mel2wav.conv_pre", {.method = octet::Method::dynamic}}};
    const auto whole = octet::int8_weight_error(*octet::Engine(checkpoint, {}).bind(plan));
    octet::WeightError sum;
    for (const auto* name : {"flow.encoder_proj", "mel2wav.conv_pre"}) {
      const auto one =
          octet::int8_weight_error(*checkpoint, *checkpoint->find(name), {.storage = octet::Precision::int8});
      sum.signal += one.signal;
      sum.noise += one.noise;
    }
    QCOMPARE(whole.signal, sum.signal);
    QCOMPARE(whole.noise, sum.noise);
  }
};

QTEST_GUILESS_MAIN(TestInt8WeightOnly)
#include "test_int8_weight_only.moc"
