#include <QTemporaryDir>
#include <QtTest>

#include "core/calibration/input_sums.h"
#include "core/checkpoint/read_statistics.h"
#include "core/quant/bias_correction.h"
#include "core/quant/product_parts.h"
#include "tests/calibration/weighed_layers.h"
#include "tests/random_seed.h"

using namespace octet;
using namespace octet::test;

namespace {

double energy(const at::Tensor& values) { return at::sum(at::square(values.to(at::kDouble))).item<double>(); }

/// Sum over rows of |weight x|^2, as the statistics give it.
double energy_by(const InputStatistics& statistics, const at::Tensor& weight, int channel_axis) {
  double sum = 0;
  for (const auto& part : product_parts(weight, channel_axis, statistics)) {
    const auto rows = part.rows_of(weight).to(at::kDouble);
    sum += (at::matmul(rows, part.hessian().to(at::kDouble)) * rows).sum().item<double>();
  }
  return sum * static_cast<double>(statistics.rows);
}

}  // namespace

/// What layers are given is summed up such that it tells what their outputs are.
class TestInputSums : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { seed_ = random_seed(); }

  void outputs_follow_from_the_statistics_data() {
    QTest::addColumn<int>("index");
    for (int i = 0; i < static_cast<int>(weighed_layers().size()); ++i)
      QTest::newRow(weighed_layers()[static_cast<std::size_t>(i)].name) << i;
  }
  /// Of fp32 sums over a few hundred rows: 1e-5. Two calls of another length each, through a file.
  void outputs_follow_from_the_statistics() {
    QFETCH(int, index);
    const auto& small = weighed_layers()[static_cast<std::size_t>(index)];
    const auto layer = small.layer();
    const auto weight = weight_of(small, seed_ + 1);
    const auto first = input_of(small, seed_), second = 3 * input_of(small, seed_ + 2).slice(-2, 0, 8);
    InputSums sums(layer);
    double expected = 0;
    for (const auto& input : {first, small.type == LayerType::linear ? second : 2 * first}) {
      sums.add(input, small.shape, CalibrationBalance::rows);
      expected += energy(small.compute(input, weight, small.shape));
    }
    const auto statistics = read_back(sums, layer);
    const auto told = energy_by(statistics, weight, small.channel_axis());
    QVERIFY2(std::abs(told / expected - 1) < 1e-5, qPrintable(QString::number(told / expected - 1)));
    QCOMPARE(statistics.hessian.size(0), small.shape.groups);
    QVERIFY(at::equal(statistics.hessian, statistics.hessian.transpose(1, 2)));
  }

  void means_of_outputs_follow_from_the_statistics_data() { outputs_follow_from_the_statistics_data(); }
  /// What bias correction goes by. Of fp32 sums, as above.
  void means_of_outputs_follow_from_the_statistics() {
    QFETCH(int, index);
    const auto& small = weighed_layers()[static_cast<std::size_t>(index)];
    const auto layer = small.layer();
    const auto weight = weight_of(small, seed_ + 1), input = input_of(small, seed_) + 0.5;
    InputSums sums(layer);
    sums.add(input, small.shape, CalibrationBalance::rows);
    const auto statistics = read_back(sums, layer);
    const auto outputs = small.compute(input, weight, small.shape).to(at::kDouble);
    const auto expected = small.type == LayerType::linear ? outputs.flatten(0, -2).sum(0)
                                                          : outputs.transpose(0, 1).flatten(1).sum(1);
    const auto told = mean_output(weight, small.channel_axis(), statistics) *
                      static_cast<double>(statistics.rows * statistics.phases);
    const auto error = ((told - expected).abs().max() / expected.abs().max()).item<double>();
    QVERIFY2(error < 1e-5, qPrintable(QString::number(error)));
  }

  void sizes_are_those_of_channels_and_means_those_of_rows() {
    const auto& small = weighed_layers().front();
    const auto layer = small.layer();
    const auto input = input_of(small, seed_);
    InputSums sums(layer);
    sums.add(input, {}, CalibrationBalance::rows);
    sums.add(-2 * input, {}, CalibrationBalance::rows);
    const auto statistics = read_back(sums, layer);
    QCOMPARE(statistics.rows, std::int64_t{240});
    QVERIFY(at::equal(statistics.largest, 2 * at::amax(input.abs().flatten(0, 1), 0)));
    const auto mean = -0.5 * input.flatten(0, 1).to(at::kDouble).mean(0);
    QVERIFY(at::allclose(statistics.mean[0].to(at::kDouble), mean, 1e-4, 1e-6));
  }

  /// Calls of large and of small inputs weigh alike, and the whole has a mean square of 1 / K.
  void balanced_calls_weigh_alike() {
    const auto& small = weighed_layers().front();
    const auto layer = small.layer();
    const auto one = input_of(small, seed_), other = input_of(small, seed_ + 1);
    const auto balanced = [&](double larger) {
      InputSums sums(layer);
      sums.add(larger * one, {}, CalibrationBalance::calls);
      sums.add(other, {}, CalibrationBalance::calls);
      return read_back(sums, layer).hessian;
    };
    const auto hessian = balanced(1);
    QVERIFY(at::allclose(hessian, balanced(1000), 1e-4, 1e-7));
    QVERIFY(std::abs(hessian[0].diagonal().sum().item<double>() - 1) < 1e-4);
  }

  void sums_that_are_taken_up_again_go_on_the_same() {
    const auto& small = weighed_layers()[1];
    const auto layer = small.layer();
    InputSums whole(layer), before(layer), after(layer);
    for (std::uint64_t call = 0; call < 4; ++call) {
      const auto input = input_of(small, seed_ + call);
      whole.add(input, small.shape, CalibrationBalance::rows);
      (call < 2 ? before : after).add(input, small.shape, CalibrationBalance::rows);
      if (call == 1) {
        write(before.stored());
        after.restore(open_tensor_file(path()), at::kCPU);
      }
    }
    QVERIFY(at::equal(read_back(whole, layer).hessian, read_back(after, layer).hessian));
  }

  void damage_is_named_data() {
    QTest::addColumn<QByteArray>("part");
    QTest::addColumn<QByteArray>("said");
    QTest::newRow("NaN") << QByteArray("mean") << QByteArray("holds NaN or infinity");
    QTest::newRow("a negative square") << QByteArray("hessian") << QByteArray("a square that is negative");
    QTest::newRow("no rows") << QByteArray("rows") << QByteArray("is not positive");
  }
  void damage_is_named() {
    QFETCH(QByteArray, part);
    QFETCH(QByteArray, said);
    const auto layer = weighed_layers().front().layer();
    InputSums sums(layer);
    sums.add(input_of(weighed_layers().front(), seed_), {}, CalibrationBalance::rows);
    auto tensors = sums.stored();
    for (auto& tensor : tensors) {
      if (tensor.name != "flow.layer." + part.toStdString()) continue;
      const auto count = element_count(tensor.shape);
      tensor.produce = [count, part](const ByteSink& sink) {
        const auto bad = part == "rows"   ? at::zeros({count}, at::kLong)
                         : part == "mean" ? at::full({count}, NAN, at::kFloat)
                                          : at::full({count}, -1, at::kFloat);
        sink({static_cast<const std::byte*>(bad.const_data_ptr()), bad.nbytes()});
      };
    }
    write(tensors);
    try {
      (void)read_statistics(open_tensor_file(path()), layer);
      QFAIL("it was taken");
    } catch (const Error& error) {
      QCOMPARE(int(error.kind()), int(ErrorKind::input));
      QVERIFY2(
          QByteArray(error.what()).contains("flow.layer." + part) && QByteArray(error.what()).contains(said),
          error.what());
    }
  }

 private:
  std::filesystem::path path() const { return folder_.filePath("sums.safetensors").toStdString(); }
  void write(const std::vector<TensorSource>& tensors) const { write_safetensors(path(), tensors, {}, {}); }
  /// The means, by way of files, as a calibration is made.
  InputStatistics read_back(const InputSums& sums, const Layer& layer) const {
    write(sums.stored());
    const auto means = path().string() + ".means";
    write_safetensors(means, means_of_stored(open_tensor_file(path()), layer), {}, {});
    return read_statistics(open_tensor_file(means), layer);
  }

  QTemporaryDir folder_;
  std::uint64_t seed_ = 0;
};

QTEST_GUILESS_MAIN(TestInputSums)
#include "test_input_sums.moc"
