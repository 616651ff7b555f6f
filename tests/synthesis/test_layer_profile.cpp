// Layers of the demo voice as plans store them, told by channel.

#include <QTemporaryDir>
#include <QtTest>

#include "core/quant/methods.h"
#include "core/synthesis/layer_profile.h"
#include "core/synthesis/weight_error.h"
#include "tests/calibration_with.h"
#include "tests/demo_voice.h"

using namespace octet;
using octet::test::demo_checkpoint;

namespace {

const Layer& layer_named(const char* name) { return *demo_checkpoint()->find(name); }

Recipe int8(Method method, const std::string& options = {}) {
  return {.storage = Precision::int8, .method = method, .options = options};
}

}  // namespace

class TestLayerProfile : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// By channels and as a whole it is the sum of the same squares, in another order.
  void the_error_of_a_layer_is_that_of_its_channels_data() {
    QTest::addColumn<QByteArray>("layer");
    QTest::addColumn<QByteArray>("options");
    QTest::addColumn<int>("method");
    for (const auto* layer : {"flow.encoder_proj", "mel2wav.ups.0", "mel2wav.conv_pre"})
      for (const auto& variant : method_variants())
        if (!needs_calibration(variant) &&
            traits_of(variant.method).refusal(layer_named(layer), variant.options).empty())
          QTest::newRow((std::string(layer) + ' ' + to_string(variant)).c_str())
              << QByteArray(layer) << QByteArray::fromStdString(variant.options)
              << static_cast<int>(variant.method);
  }

  void the_error_of_a_layer_is_that_of_its_channels() {
    QFETCH(QByteArray, layer);
    QFETCH(QByteArray, options);
    QFETCH(int, method);
    const auto& of = layer_named(layer.constData());
    const auto recipe = int8(static_cast<Method>(method), options.toStdString());
    const auto profile = profile_layer(*demo_checkpoint(), of, recipe).weight;
    const auto whole = int8_weight_error(*demo_checkpoint(), of, recipe);
    QCOMPARE(profile.channels.size(),
             static_cast<std::size_t>(of.weight().shape[static_cast<std::size_t>(of.scale_axis())]));
    QVERIFY(profile.error.noise > 0);
    // Sums of tens of thousands of squares, each off by 2^-24 of itself where fp32 squares are summed.
    QVERIFY(std::abs(profile.error.noise / whole.noise - 1) < 1e-6);
    QVERIFY(std::abs(profile.error.signal / whole.signal - 1) < 1e-6);
    for (const auto& channel : profile.channels) QVERIFY(channel.scale > 0);
  }

  /// Plainly rounded, a step is the 127th of the largest; clipped it is finer.
  void steps_are_those_of_the_method() {
    const auto& layer = layer_named("mel2wav.ups.0");
    for (const auto& channel :
         profile_layer(*demo_checkpoint(), layer, int8(Method::weight_only)).weight.channels)
      QVERIFY(std::abs(channel.scale * 127 / channel.largest - 1) < 1e-6F);
    int finer = 0;
    for (const auto& channel :
         profile_layer(*demo_checkpoint(), layer, int8(Method::weight_only, R"({"clip":"mse"})"))
             .weight.channels)
      finer += channel.scale * 127 < 0.999F * channel.largest ? 1 : 0;
    QVERIFY(finer > 0);
  }

  void floating_types_have_no_steps_and_fp32_loses_nothing() {
    const auto& layer = layer_named("flow.encoder_proj");
    const auto exact = profile_layer(*demo_checkpoint(), layer, floating_recipe(Precision::fp32)).weight;
    QCOMPARE(exact.error.noise, 0.0);
    QCOMPARE(exact.histogram.stored, exact.histogram.exact);
    const auto bf16 = profile_layer(*demo_checkpoint(), layer, floating_recipe(Precision::bf16)).weight;
    QCOMPARE(bf16.channels.front().scale, 0.0F);
    // 8 bits of mantissa: errors even over +-2^-9 of a value's power of two are 55 to 58 dB below it.
    QVERIFY2(bf16.error.decibels() > 54 && bf16.error.decibels() < 59,
             qPrintable(QString::number(bf16.error.decibels())));
  }

  void a_layer_is_given_what_a_calibration_heard() {
    const auto& layer = layer_named("flow.encoder_proj");
    std::vector<float> largest(static_cast<std::size_t>(layer.weight().shape[1]), 1);
    largest[3] = 40;
    const QTemporaryDir folder;
    const auto calibration =
        octet::test::calibration_of(folder.filePath("heard").toStdString(), layer, 0, largest);
    const auto given = [&](const Layer& of, const Calibration* heard) {
      return profile_layer(*demo_checkpoint(), of, int8(Method::weight_only), heard).largest_inputs;
    };
    QCOMPARE(given(layer, calibration.get()), largest);
    QVERIFY(given(layer, nullptr).empty());
    QVERIFY(given(layer_named("mel2wav.conv_pre"), calibration.get()).empty());
  }
};

QTEST_GUILESS_MAIN(TestLayerProfile)
#include "test_layer_profile.moc"
