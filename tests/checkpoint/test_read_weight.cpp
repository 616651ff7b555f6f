#include <ATen/ATen.h>

#include <QTemporaryDir>
#include <cmath>
#include <limits>

#include "core/checkpoint/read_weight.h"
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
    tensors[name + ".weight_scale"] =
        floats({64, 1, 1}, std::vector<float>(64, std::numeric_limits<float>::infinity()));
    save(path_, tensors);
    COMPARE_ERROR(folded(*Checkpoint::open(path_), name.c_str()), input,
                  "tensor mel2wav.source_downs.0.weight_scale");
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
