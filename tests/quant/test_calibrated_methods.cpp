#include <QTemporaryDir>
#include <QtTest>

#include "core/calibration/input_sums.h"
#include "core/checkpoint/read_statistics.h"
#include "core/error.h"
#include "core/kernels/arithmetic.h"
#include "core/kernels/dequantize.h"
#include "core/quant/methods.h"
#include "core/quant/quantize.h"
#include "tests/calibration/weighed_layers.h"
#include "tests/random_seed.h"

using namespace octet;
using namespace octet::test;

namespace {

InputStatistics statistics_of(const at::Tensor& hessian) {
  const auto inputs = hessian.size(1);
  return {hessian, at::zeros({hessian.size(0), inputs}), at::ones({inputs}), 1000, 1};
}

/// As a calibration would have them, without a file.
InputStatistics statistics_of(const WeighedLayer& small, const at::Tensor& input) {
  const auto layer = small.layer();
  InputSums sums(layer);
  sums.add(input, small.shape, CalibrationBalance::rows);
  QTemporaryDir folder;
  const auto path = folder.filePath("sums").toStdString();
  write_safetensors(path, sums.stored(), {}, {});
  return read_statistics(open_tensor_file(path), layer);
}

Recipe recipe_of(Method method, const std::string& options = {}) {
  return {.storage = Precision::int8, .base = Precision::fp32, .method = method, .options = options};
}

at::Tensor made(const at::Tensor& weight, int axis, const Recipe& recipe, const InputStatistics& statistics) {
  return values_in(quantize(weight, axis, recipe, {[&] { return statistics; }, {}}), at::kFloat);
}

at::Tensor integers_of(const at::Tensor& weight, const Recipe& recipe, const InputStatistics& statistics) {
  return std::get<Int8Weight>(quantize(weight, 0, recipe, {[&] { return statistics; }, {}})).values;
}

}  // namespace

/// GPTQ and AdaRound: integers chosen by what layers are given.
class TestCalibratedMethods : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { seed_ = random_seed(); }

  void outputs_are_nearer_than_by_plain_rounding_data() {
    QTest::addColumn<int>("index");
    QTest::addColumn<int>("method");
    QTest::addColumn<QByteArray>("options");
    for (int i = 0; i < static_cast<int>(weighed_layers().size()); ++i) {
      const QByteArray layer = weighed_layers()[static_cast<std::size_t>(i)].name;
      const auto row = [&](const char* how, Method method, const char* options) {
        QTest::newRow((layer + ", " + how).constData()) << i << int(method) << QByteArray(options);
      };
      row("gptq", Method::gptq, "");
      row("gptq in the given order", Method::gptq, R"({"block":7,"order":"given"})");
      row("gptq in groups", Method::gptq, R"({"group":32})");
      row("adaround", Method::adaround, "");
      row("adaround in groups", Method::adaround, R"({"group":32})");
    }
  }
  /// Squared errors of the outputs, over sixteen layers: a small one alone may gain little, where its few
  /// inputs happen to have little to do with each other. 0.2 to 0.71 of plain rounding's is usual.
  void outputs_are_nearer_than_by_plain_rounding() {
    QFETCH(int, index);
    QFETCH(int, method);
    QFETCH(QByteArray, options);
    const auto& small = weighed_layers()[static_cast<std::size_t>(index)];
    const auto recipe = recipe_of(static_cast<Method>(method), options.toStdString());
    const auto plainly = recipe_of(Method::weight_only, options.contains("group") ? R"({"group":32})" : "");
    double chosen = 0, plain = 0;
    for (std::uint64_t draw = 0; draw < 16; ++draw) {
      const auto weight = weight_of(small, seed_ + 2 * draw + 1);
      const auto all = input_of(small, seed_ + 2 * draw);
      const auto heard = statistics_of(small, all);
      const auto error_of = [&](const Recipe& by) {
        const auto error = made(weight, small.channel_axis(), by, heard) - weight;
        return at::sum(at::square(small.compute(all, error, small.shape))).item<double>();
      };
      chosen += error_of(recipe);
      plain += error_of(plainly);
    }
    QVERIFY2(chosen < 0.85 * plain, qPrintable(QString::number(chosen / plain)));
  }

  void one_request_gives_one_answer_data() { inputs_that_tell_nothing_leave_plain_rounding_data(); }
  void one_request_gives_one_answer() {
    QFETCH(int, method);
    const auto& small = weighed_layers().front();
    const auto weight = weight_of(small, seed_ + 1);
    const auto heard = statistics_of(small, input_of(small, seed_));
    const auto recipe = recipe_of(static_cast<Method>(method));
    QVERIFY(at::equal(made(weight, 0, recipe, heard), made(weight, 0, recipe, heard)));
  }

  /// More rows than are rounded together, and no multiple of them.
  void integers_do_not_depend_on_threads() {
    const auto weight = at::randn({75, 40}, at::detail::createCPUGenerator(seed_), at::kFloat);
    const auto inputs = at::randn({200, 8}, at::detail::createCPUGenerator(seed_ + 1), at::kDouble);
    const auto mixed =
        at::matmul(inputs, at::randn({8, 40}, at::detail::createCPUGenerator(seed_ + 2), at::kDouble));
    const auto heard = statistics_of(at::matmul(mixed.t(), mixed).to(at::kFloat).unsqueeze(0));
    const auto recipe = recipe_of(Method::adaround);
    use_threads(1);
    const auto alone = integers_of(weight, recipe, heard);
    use_threads(2);
    QVERIFY(at::equal(integers_of(weight, recipe, heard), alone));
    QVERIFY(!at::equal(alone, integers_of(weight, recipe_of(Method::weight_only), {})));
  }

  void inputs_that_tell_nothing_leave_plain_rounding_data() {
    QTest::addColumn<int>("method");
    QTest::newRow("gptq") << int(Method::gptq);
    QTest::newRow("adaround") << int(Method::adaround);
  }
  /// Inputs that were always zero, and those that have nothing to do with each other.
  void inputs_that_tell_nothing_leave_plain_rounding() {
    QFETCH(int, method);
    const auto weight = at::randn({8, 12}, at::detail::createCPUGenerator(seed_), at::kFloat);
    const auto plain = integers_of(weight, recipe_of(Method::weight_only), {});
    const auto recipe = recipe_of(static_cast<Method>(method));
    QVERIFY(at::equal(integers_of(weight, recipe, statistics_of(at::zeros({1, 12, 12}))), plain));
    const auto apart = at::diag(at::rand({12}, at::detail::createCPUGenerator(seed_), at::kFloat) + 0.1);
    QVERIFY(at::equal(integers_of(weight, recipe, statistics_of(apart.unsqueeze(0))), plain));
  }

  void what_cannot_be_inverted_is_made_finite_data() { inputs_that_tell_nothing_leave_plain_rounding_data(); }
  /// One direction alone, of twelve inputs; and some that are dead: those keep plain rounding.
  void what_cannot_be_inverted_is_made_finite() {
    QFETCH(int, method);
    const auto generator = at::detail::createCPUGenerator(seed_);
    double chosen = 0, rounded = 0;
    for (int draw = 0; draw < 16; ++draw) {
      const auto weight = at::randn({8, 12}, generator, at::kFloat);
      auto direction = at::randn({12}, generator, at::kFloat) * 1e4;
      direction.slice(0, 5, 8).zero_();
      const auto statistics = statistics_of(at::outer(direction, direction).unsqueeze(0));
      const auto integers = integers_of(weight, recipe_of(static_cast<Method>(method)), statistics);
      const auto plain = integers_of(weight, recipe_of(Method::weight_only), {});
      QVERIFY(at::equal(integers.slice(1, 5, 8), plain.slice(1, 5, 8)));
      QVERIFY(integers.abs().max().item<int>() <= 127);
      const auto error_of = [&](const at::Tensor& values) {
        const auto scale = at::amax(weight.abs(), {1}, true) / 127.0f;
        return at::sum(at::square(at::matmul(values * scale - weight, direction))).item<double>();
      };
      chosen += error_of(integers);
      rounded += error_of(plain);
    }
    QVERIFY(chosen < 0.5 * rounded);
  }

  void layers_of_zeros_stay_so() {
    const auto heard = statistics_of(at::eye(12).unsqueeze(0));
    for (const auto method : {Method::gptq, Method::adaround}) {
      const auto weight = at::zeros({8, 12});
      QVERIFY(at::equal(made(weight, 0, recipe_of(method), heard), weight));
    }
  }

  void a_stop_ends_the_making() {
    std::stop_source source;
    source.request_stop();
    const auto statistics = statistics_of(at::ones({1, 12, 12}));
    const auto weight = at::randn({8, 12}, at::detail::createCPUGenerator(seed_), at::kFloat);
    for (const auto method : {Method::gptq, Method::adaround}) {
      try {
        (void)quantize(weight, 0, recipe_of(method), {[&] { return statistics; }, source.get_token()});
        QFAIL("it went on");
      } catch (const Error& error) {
        QCOMPARE(int(error.kind()), int(ErrorKind::cancelled));
      }
    }
  }

  void options_are_read_and_others_refused() {
    const auto spelled = [](Method method, const char* options) { return spelled_options(method, options); };
    QCOMPARE(spelled(Method::gptq, R"({"damping":0.01,"block":128,"order":"activation"})"), std::string());
    QCOMPARE(spelled(Method::gptq, R"({"order": "given", "block": 64})"),
             std::string(R"({"block":64,"order":"given"})"));
    QCOMPARE(spelled(Method::adaround, R"({"steps":300,"group":64})"), std::string(R"({"group":64})"));
    for (const auto* wrong :
         {R"({"damping":0})", R"({"damping":"much"})", R"({"block":0})", R"({"block":1.5})",
          R"({"order":"last"})", R"({"group":5})", R"({"calibration":"abc"})", R"({"clip":"mse"})", "[]"})
      for (const auto method : {Method::gptq, Method::adaround})
        QVERIFY_THROWS_EXCEPTION(Error, spelled(method, wrong));
  }

 private:
  std::uint64_t seed_ = 0;
};

QTEST_GUILESS_MAIN(TestCalibratedMethods)
#include "test_calibrated_methods.moc"
