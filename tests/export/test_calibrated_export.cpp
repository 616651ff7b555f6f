// Exports of what a calibration makes.

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>

#include "core/checkpoint/as_tensor.h"
#include "core/checkpoint/read_weight.h"
#include "core/error.h"
#include "core/export/exporter.h"
#include "core/export/verify.h"
#include "core/kernels/arithmetic.h"
#include "core/synthesis/weight_store.h"
#include "tests/calibration_with.h"
#include "tests/demo_voice.h"
#include "tests/export/prepared.h"

using octet::Precision;
using octet::test::demo_checkpoint;
using octet::test::plan_of;
using octet::test::read_all;

namespace {

constexpr auto kLinear = "flow.encoder.encoders.0.feed_forward.w_1";
constexpr auto kConvolution = "mel2wav.conv_pre";

const octet::Layer& layer_of(const std::string& name) {
  return *std::ranges::find(demo_checkpoint()->layers(), name, &octet::Layer::name);
}

octet::PrecisionPlan plan_with(const std::string& layer, octet::Method method, const std::string& options) {
  auto plan = plan_of("all-base", Precision::bf16);
  plan.layers[layer] = {.method = method, .options = options};
  return plan;
}

}  // namespace

class TestCalibratedExport : public QObject {
  Q_OBJECT

  QTemporaryDir folder_;

  std::filesystem::path file(const char* name) const { return folder_.filePath(name).toStdString(); }

  /// Of every third channel inputs reached 7, of the others 1.
  std::shared_ptr<const octet::Calibration> calibration_of(const octet::Layer& layer) const {
    std::vector<float> largest(static_cast<std::size_t>(layer.weight().shape[1]), 1.0F);
    for (std::size_t i = 0; i < largest.size(); i += 3) largest[i] = 7;
    return octet::test::calibration_of(file("x.calibration"), layer, 0.5F, largest);
  }

  static std::vector<float> spoken(const std::shared_ptr<const octet::Checkpoint>& checkpoint,
                                   const octet::ResolvedPlan& plan) {
    const octet::Engine engine(checkpoint, {});
    return engine.synthesize(*engine.bind(plan), octet::test::spoken(12, 1), {}).waveform;
  }

 private Q_SLOTS:
  void initTestCase() { octet::configure_arithmetic(2); }

  void outliers_of_a_calibration_are_stored_and_need_it_no_more_data() {
    QTest::addColumn<QByteArray>("name");
    QTest::newRow("Linear") << QByteArray(kLinear);
    QTest::newRow("Conv1d") << QByteArray(kConvolution);
  }
  void outliers_of_a_calibration_are_stored_and_need_it_no_more() {
    QFETCH(QByteArray, name);
    const auto& layer = layer_of(name.toStdString());
    const auto calibration = calibration_of(layer);
    const auto plan =
        plan_with(layer.name, octet::Method::llm_int8, R"({"outliers":"calibration","threshold":7.0})");
    const auto resolved = octet::resolve(plan, demo_checkpoint()->layers(), calibration);
    const auto made = octet::prepare_export(demo_checkpoint(), resolved, {});
    const auto path = file("outliers.safetensors");
    octet::write_export(made, path, {});
    QCOMPARE(quint64(std::filesystem::file_size(path)), quint64(octet::predicted_export_bytes(made)));
    QVERIFY(octet::verify_export(path, demo_checkpoint(), {}, {}, calibration).passed());

    const auto exported = octet::Checkpoint::open(path);
    const auto stored = octet::as_tensor(exported->tensor(layer.name + ".weight_outliers"));
    QVERIFY(at::equal(stored, at::remainder(at::arange(layer.weight().shape[1]), 3).eq(0).to(at::kChar)));
    const auto plan_in_file = octet::stored_plan(exported->layers(), exported->metadata());
    const auto again = octet::resolve(plan_in_file, exported->layers());
    QVERIFY(again.warnings.empty());
    octet::write_export(octet::prepare_export(exported, again, {}), file("again.safetensors"), {});
    QVERIFY(read_all(file("again.safetensors")) == read_all(path));

    const auto heard = spoken(exported, again);
    QVERIFY(heard == spoken(demo_checkpoint(), resolved));
    const auto in_input = plan_with(layer.name, octet::Method::llm_int8, R"({"threshold":"infinity"})");
    QVERIFY(heard != spoken(demo_checkpoint(), octet::resolve(in_input, demo_checkpoint()->layers())));
  }

  void every_channel_reaches_0_and_none_infinity() {
    const auto& layer = layer_of(kLinear);
    const auto calibration = calibration_of(layer);
    for (const auto& [threshold, each] : {std::pair("0", 1), std::pair(R"("infinity")", 0)}) {
      const auto options = fmt::format(R"({{"outliers":"calibration","threshold":{}}})", threshold);
      const auto plan = plan_with(layer.name, octet::Method::llm_int8, options);
      const auto resolved = octet::resolve(plan, demo_checkpoint()->layers(), calibration);
      const auto i = std::ranges::find(demo_checkpoint()->layers(), layer.name, &octet::Layer::name) -
                     demo_checkpoint()->layers().begin();
      const auto made =
          octet::weight_of(*demo_checkpoint(), layer, resolved.layers[static_cast<std::size_t>(i)].effective,
                           calibration.get());
      QVERIFY(std::get<octet::DynamicInt8Weight>(made).outliers.eq(each).all().item<bool>());
    }
  }

  void outliers_are_0_or_1() {
    const auto& layer = layer_of(kLinear);
    const auto plan = plan_with(layer.name, octet::Method::llm_int8, R"({"outliers":"calibration"})");
    const auto resolved = octet::resolve(plan, demo_checkpoint()->layers(), calibration_of(layer));
    const auto path = file("damaged.safetensors");
    auto made = octet::prepare_export(demo_checkpoint(), resolved, {});
    const auto outliers =
        std::ranges::find(made.tensors, layer.name + ".weight_outliers", &octet::TensorSource::name);
    outliers->produce = [count = octet::element_count(outliers->shape)](const octet::ByteSink& sink) {
      const std::vector<std::byte> wrong(static_cast<std::size_t>(count), std::byte{2});
      sink(wrong);
    };
    octet::write_export(made, path, {});
    const auto verification = octet::verify_export(path, nullptr, {}, {});
    QVERIFY(!verification.passed());
    QVERIFY(verification.checks.front().detail.starts_with(layer.name + ".weight_outliers holds"));
  }

  /// Of inputs that are 0.5 in the mean: each output's bias gets half of the sum of its weights' errors.
  void biases_are_corrected_in_every_format_and_need_the_calibration_no_more() {
    const auto& layer = layer_of(kConvolution);
    const auto calibration = calibration_of(layer);
    auto plan = plan_with(layer.name, octet::Method::weight_only, R"({"bias_correction":true})");
    plan.base = Precision::fp32;
    const auto resolved = octet::resolve(plan, demo_checkpoint()->layers(), calibration);
    const auto exact = octet::read_folded(*demo_checkpoint(), layer, layer.weight());
    const auto path = file("corrected.safetensors");
    for (const auto format : {octet::ExportFormat::stock, octet::ExportFormat::octet}) {
      octet::write_export(octet::prepare_export(demo_checkpoint(), resolved, {}, format), path, {});
      QVERIFY(octet::verify_export(path, demo_checkpoint(), {}, {}, calibration).passed());
      const auto exported = octet::Checkpoint::open(path);
      const auto& held = *std::ranges::find(exported->layers(), layer.name, &octet::Layer::name);
      const auto lost = exact - octet::read_folded(*exported, held, held.weight());
      const auto name = layer.name + ".bias";
      const auto bias = octet::as_tensor(demo_checkpoint()->tensor(name)).to(at::kFloat);
      const auto expected = bias.to(at::kDouble) + 0.5 * lost.to(at::kDouble).flatten(1).sum(1);
      const auto made = octet::as_tensor(exported->tensor(name));
      // A stock weight in two parts is a last bit off.
      QVERIFY(at::allclose(made.to(at::kDouble), expected, 1e-6, 1e-5));
      QVERIFY(!at::allclose(made, bias, 1e-6, 1e-5));
    }

    const auto exported = octet::Checkpoint::open(path);
    const auto again =
        octet::resolve(octet::stored_plan(exported->layers(), exported->metadata()), exported->layers());
    QVERIFY(again.warnings.empty());
    octet::write_export(octet::prepare_export(exported, again, {}), file("again.safetensors"), {});
    QVERIFY(read_all(file("again.safetensors")) == read_all(path));
    QVERIFY(spoken(exported, again) == spoken(demo_checkpoint(), resolved));
  }

  void a_stop_ends_an_export_within_a_layer() {
    const auto& layer = layer_of(kLinear);
    std::stop_source stop;
    const auto resolved = octet::resolve(plan_with(layer.name, octet::Method::gptq, ""),
                                         demo_checkpoint()->layers(), calibration_of(layer));
    const auto prepared =
        octet::prepare_export(demo_checkpoint(), resolved, {}, octet::ExportFormat::octet, stop.get_token());
    const auto weight = std::ranges::find(prepared.tensors, layer.weight().name, &octet::TensorSource::name);
    stop.request_stop();
    try {
      weight->produce([](std::span<const std::byte>) {});
      QFAIL("the layer was made");
    } catch (const octet::Error& error) {
      QCOMPARE(int(error.kind()), int(octet::ErrorKind::cancelled));
    }
  }
};

QTEST_GUILESS_MAIN(TestCalibratedExport)
#include "test_calibrated_export.moc"
