#include <ATen/ATen.h>

#include <QTemporaryDir>
#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "core/checkpoint/read_weight.h"
#include "core/checkpoint/weight_norm.h"
#include "tests/checkpoint/tensor_files.h"

using namespace octet;
using namespace octet::test;

namespace {

at::Tensor folded(const Checkpoint& checkpoint, const char* name) {
  const auto* layer = checkpoint.find(name);
  return read_folded(checkpoint, *layer, layer->weight());
}

}  // namespace

class TestReadWeight : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void init() {
    directory_ = std::make_unique<QTemporaryDir>();
    path_ = directory_->filePath("x.safetensors").toStdString();
  }

  /// w = g v / |v|, the norm over all but dim 0, which for ConvTranspose1d is the input channel. Direct
  /// formula in fp64; fp32 rounding of a norm over at most 1024 elements stays below 1e-6.
  void weight_norm_is_over_dim_0() {
    const auto demo = Checkpoint::open(kDemo);
    for (const auto* name : {"mel2wav.ups.0", "mel2wav.conv_pre", "mel2wav.f0_predictor.condnet.0"}) {
      const auto g =
          read_stored(*demo, std::string(name) + ".parametrizations.weight.original0").to(at::kDouble);
      const auto v =
          read_stored(*demo, std::string(name) + ".parametrizations.weight.original1").to(at::kDouble);
      const auto expected = g * v / v.square().sum(at::IntArrayRef{1, 2}, /*keepdim=*/true).sqrt();
      const auto actual = folded(*demo, name);
      QVERIFY(actual.scalar_type() == at::kFloat);
      const auto error = ((actual - expected).abs().max() / expected.abs().max()).item<double>();
      QVERIFY2(error < 1e-6, qPrintable(QString("%1: %2").arg(name).arg(error)));
      const auto other_axis = g * v / v.square().sum(at::IntArrayRef{0, 2}, true).sqrt();
      QVERIFY((actual - other_axis).abs().max().item<double>() > 1e-3);
    }
  }

  void int8_is_multiplied_by_its_scale() {
    auto tensors = load(kDemo);
    std::erase_if(tensors, [](const auto& entry) { return !entry.first.starts_with("mel2wav."); });
    const std::string name = "mel2wav.source_downs.0";  // Conv1d [64, 18, 30]
    auto& weight = tensors.at(name + ".weight");
    weight = {Dtype::i8, weight.shape, std::string(64 * 18 * 30, '\0')};
    for (std::size_t i = 0; i < weight.bytes.size(); ++i)
      weight.bytes[i] = static_cast<char>(static_cast<int>(i % 255) - 127);
    std::vector<float> scales(64);
    for (std::size_t i = 0; i < scales.size(); ++i) scales[i] = 0.25f * static_cast<float>(i + 1);
    tensors[name + ".weight_scale"] = floats({64, 1, 1}, scales);
    save(path_, tensors);
    const auto values = folded(*Checkpoint::open(path_), name.c_str()).reshape({64, -1});
    for (const int channel : {0, 1, 63})
      for (const int k : {0, 7, 539}) {
        const auto q = (channel * 540 + k) % 255 - 127;
        QCOMPARE(values[channel][k].item<float>(),
                 static_cast<float>(q) * scales[static_cast<std::size_t>(channel)]);
      }
  }

  /// Such as quantization never makes: an export that holds one is not an export any more.
  void stored_int8_is_checked_data() {
    QTest::addColumn<float>("scale");
    QTest::addColumn<int>("value");
    QTest::addColumn<QByteArray>("says");
    using limits = std::numeric_limits<float>;
    const auto scale = [](const char* row, float value, const char* says) {
      QTest::newRow(row) << value << 0 << QByteArray("weight_scale holds ") + says;
    };
    scale("NaN", limits::quiet_NaN(), "nan");
    scale("infinity", limits::infinity(), "inf");
    scale("zero", 0.0f, "0");
    scale("negative", -0.25f, "-0.25");
    scale("largest subnormal", std::nextafter(limits::min(), 0.0f), "1.1754942e-38");
    // 127 of it are not finite any more.
    scale("too large", limits::max() / 100, "3.402823");
    QTest::newRow("-128") << 1.0f << -128 << QByteArray(".weight holds -128");
  }
  void stored_int8_is_checked() {
    QFETCH(float, scale);
    QFETCH(int, value);
    QFETCH(QByteArray, says);
    auto tensors = load(kDemo);
    const std::string name = "mel2wav.source_downs.0";  // Conv1d [64, 18, 30]
    auto& weight = tensors.at(name + ".weight");
    weight = {Dtype::i8, weight.shape, std::string(64 * 18 * 30, '\1')};
    weight.bytes.back() = static_cast<char>(value);
    std::vector<float> scales(64, std::numeric_limits<float>::min());  // the smallest that is right
    scales.front() = std::numeric_limits<float>::max() / 127;          // and the largest
    tensors[name + ".weight_scale"] = floats({64, 1, 1}, scales);
    if (value == 0) {
      save(path_, tensors);
      QVERIFY(folded(*Checkpoint::open(path_), name.c_str()).isfinite().all().item<bool>());
    }
    scales.back() = scale;
    tensors[name + ".weight_scale"] = floats({64, 1, 1}, scales);
    save(path_, tensors);
    const auto checkpoint = Checkpoint::open(path_);
    const auto& layer = *checkpoint->find(name);
    COMPARE_ERROR(folded(*checkpoint, name.c_str()), input, says);
    COMPARE_ERROR(read_stored_int8(*checkpoint, layer), input, says);
    QVERIFY(QByteArray(fault_of(*checkpoint, layer, layer.weight()).c_str()).contains(says));
  }

  void negative_variances_are_refused() {
    auto tensors = load(kDemo);
    const float value = -1e-6f;
    std::memcpy(tensors.at("speaker_encoder.head.bn1.running_var").bytes.data(), &value, sizeof value);
    save(path_, tensors);
    const auto checkpoint = Checkpoint::open(path_);
    const auto* layer = checkpoint->find("speaker_encoder.head.bn1");
    const auto is_variance = [](const auto& t) { return t.name.ends_with("running_var"); };
    COMPARE_ERROR(read_folded(*checkpoint, *layer, *std::ranges::find_if(layer->tensors, is_variance)), input,
                  "speaker_encoder.head.bn1.running_var holds -1e-06, and no variance is negative");
  }

  /// What counts is what is left after rounding: 65519 becomes 65504 in fp16, 65520 infinity.
  void values_beyond_their_type_are_refused_data() {
    QTest::addColumn<float>("value");
    QTest::addColumn<int>("dtype");
    QTest::addColumn<QByteArray>("says");
    using limits = std::numeric_limits<float>;
    const auto f16 = int(Dtype::f16), bf16 = int(Dtype::bf16), f32 = int(Dtype::f32);
    QTest::newRow("largest fp16") << 65519.0f << f16 << QByteArray();
    QTest::newRow("beyond fp16") << 65520.0f << f16
                                 << QByteArray(
                                        "holds 65520, which fp16 cannot hold: its largest value is 65504");
    QTest::newRow("negative") << -70000.0f << f16 << QByteArray("holds -70000, which fp16 cannot hold");
    QTest::newRow("fp16 in bf16") << 70000.0f << bf16 << QByteArray();
    QTest::newRow("beyond bf16")
        << limits::max() << bf16
        << QByteArray("holds 3.402823e+38, which bf16 cannot hold: its largest value is 3.39e38");
    QTest::newRow("largest fp32") << limits::max() << f32 << QByteArray();
  }
  void values_beyond_their_type_are_refused() {
    QFETCH(float, value);
    QFETCH(int, dtype);
    QFETCH(QByteArray, says);
    auto tensors = load(kDemo);
    auto& bytes = tensors.at("flow.encoder_proj.weight").bytes;
    std::memcpy(bytes.data() + bytes.size() / 2, &value, sizeof value);
    save(path_, tensors);
    const auto checkpoint = Checkpoint::open(path_);
    const auto& layer = *checkpoint->find("flow.encoder_proj");
    const auto read = [&] { return read_as(*checkpoint, layer, layer.weight(), Dtype(dtype)); };
    if (says.isEmpty()) {
      QVERIFY(read().isfinite().all().item<bool>());
    } else {
      COMPARE_ERROR(read(), input, "flow.encoder_proj.weight " + says);
      QVERIFY(error_of(read).hint().find("octet plan set PLAN 'flow.encoder_proj'") != std::string::npos);
    }
  }

  void fp64_values_beyond_fp32_are_refused() {
    auto tensors = load(kDemo);
    auto& bias = tensors.at("flow.encoder_proj.bias");
    std::vector<double> values(static_cast<std::size_t>(bias.shape[0]), 0.5);
    values[3] = -1e39;
    bias = {Dtype::f64,
            bias.shape,
            {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double)}};
    save(path_, tensors);
    const auto checkpoint = Checkpoint::open(path_);
    const auto& layer = *checkpoint->find("flow.encoder_proj");
    COMPARE_ERROR(read_folded(*checkpoint, layer, layer.tensors[1]), input,
                  "flow.encoder_proj.bias holds -1e+39, which fp32 cannot hold");
  }

  /// docs/formats.md, "Weight norm", one element after the other.
  void folding_follows_its_text_to_the_bit() {
    const auto demo = Checkpoint::open(kDemo);
    for (const auto* name : {"mel2wav.ups.0", "mel2wav.conv_pre", "mel2wav.resblocks.2.convs1.0"}) {
      const auto g = read_stored(*demo, std::string(name) + ".parametrizations.weight.original0");
      const auto v = read_stored(*demo, std::string(name) + ".parametrizations.weight.original1");
      const auto actual = folded(*demo, name);
      const auto inner = v[0].numel();
      for (std::int64_t channel = 0; channel < v.size(0); ++channel) {
        const float* direction = v.const_data_ptr<float>() + channel * inner;
        double sum = 0;
        for (std::int64_t i = 0; i < inner; ++i) sum += double(direction[i]) * double(direction[i]);
        for (std::int64_t i = 0; i < inner; ++i) {
          const auto expected =
              float(double(g.const_data_ptr<float>()[channel]) * double(direction[i]) / std::sqrt(sum));
          QCOMPARE(std::bit_cast<std::uint32_t>(actual.const_data_ptr<float>()[channel * inner + i]),
                   std::bit_cast<std::uint32_t>(expected));
        }
      }
    }
  }

  void half_types_become_fp32_exactly() {
    auto tensors = load(kDemo);
    auto& bias = tensors.at("flow.encoder_proj.bias");
    std::string half;
    for (std::size_t i = 0; i < bias.bytes.size(); i += 4) half += bias.bytes.substr(i + 2, 2);
    bias = {Dtype::bf16, bias.shape, half};
    save(path_, tensors);
    const auto checkpoint = Checkpoint::open(path_);
    const auto* layer = checkpoint->find("flow.encoder_proj");
    const auto values = read_folded(*checkpoint, *layer, layer->tensors[1]);
    QVERIFY(values.scalar_type() == at::kFloat);
    QVERIFY(values.equal(read_stored(*checkpoint, "flow.encoder_proj.bias").to(at::kFloat)));
    QVERIFY(values.abs().max().item<float>() > 0.0f);
    const auto* counter = checkpoint->find("speaker_encoder.head.bn1");
    QVERIFY(read_folded(*checkpoint, *counter, counter->tensors.back()).scalar_type() == at::kLong);
  }

  void values_that_are_not_finite_are_refused_data() {
    QTest::addColumn<QByteArray>("tensor");
    QTest::addColumn<QByteArray>("layer");
    QTest::addColumn<float>("value");
    const auto nan = std::numeric_limits<float>::quiet_NaN();
    const auto infinity = std::numeric_limits<float>::infinity();
    QTest::newRow("weight") << QByteArray("flow.encoder_proj.weight") << QByteArray("flow.encoder_proj")
                            << nan;
    QTest::newRow("infinity") << QByteArray("flow.encoder_proj.weight") << QByteArray("flow.encoder_proj")
                              << -infinity;
    QTest::newRow("magnitude") << QByteArray("mel2wav.ups.0.parametrizations.weight.original0")
                               << QByteArray("mel2wav.ups.0") << nan;
    QTest::newRow("direction") << QByteArray("mel2wav.ups.0.parametrizations.weight.original1")
                               << QByteArray("mel2wav.ups.0") << infinity;
  }
  void values_that_are_not_finite_are_refused() {
    QFETCH(QByteArray, tensor);
    QFETCH(QByteArray, layer);
    QFETCH(float, value);
    auto tensors = load(kDemo);
    auto& bytes = tensors.at(tensor.toStdString()).bytes;
    std::memcpy(bytes.data() + bytes.size() - sizeof value, &value, sizeof value);
    save(path_, tensors);
    const auto checkpoint = Checkpoint::open(path_);
    COMPARE_ERROR(folded(*checkpoint, layer), input, "tensor " + tensor + " holds NaN or infinity");
  }

  void a_weight_is_split_into_parts_that_fold_into_it() {
    const auto weight = at::sin(at::arange(5 * 7 * 3, at::kFloat)).reshape({5, 7, 3}).contiguous();
    weight[1].fill_(0);
    weight[2].mul_(1e-20);
    const auto [magnitude, direction] = octet::split_weight_norm(weight);
    QCOMPARE(magnitude.sizes(), (at::IntArrayRef{5, 1, 1}));
    QCOMPARE(magnitude[1].item<float>(), 0.0f);
    const auto again = octet::fold_weight_norm(direction, magnitude);
    // The magnitude is rounded once, and what it makes once more.
    const auto error = ((again - weight).abs() - weight.abs() * std::exp2(-23)).max().item<float>();
    QVERIFY2(error <= 0, qPrintable(QString::number(error)));
  }

  void a_direction_of_zeros_is_refused() {
    auto tensors = load(kDemo);
    auto& direction = tensors.at("mel2wav.ups.0.parametrizations.weight.original1").bytes;
    std::fill_n(direction.begin(), 64 * 16 * 4, '\0');  // input channel 0
    save(path_, tensors);
    COMPARE_ERROR(folded(*Checkpoint::open(path_), "mel2wav.ups.0"), input, "mel2wav.ups.0.weight holds NaN");
  }

 private:
  std::unique_ptr<QTemporaryDir> directory_;
  std::filesystem::path path_;
};

QTEST_GUILESS_MAIN(TestReadWeight)
#include "test_read_weight.moc"
