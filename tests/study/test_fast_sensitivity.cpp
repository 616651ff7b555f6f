// Damages that are estimated from gradients: of squares, whose shares are known, and of single layers of the
// demo voice, where the estimate is of the damage itself.

#include <ATen/ATen.h>

#include <QtTest>
#include <cmath>

#include "core/study/fast_sensitivity.h"
#include "core/study/path_effects.h"
#include "core/study/sensitivity_file.h"
#include "core/study/sensitivity_sweep.h"
#include "core/synthesis/stage_cache.h"
#include "tests/checkpoint/tensor_files.h"
#include "tests/demo_voice.h"
#include "tests/random_seed.h"

using namespace octet;
using namespace octet::test;

class TestFastSensitivity : public QObject {
  Q_OBJECT

  const Engine engine_{demo_checkpoint(), {.threads = 1}, StageCache::kForEditing};
  const HeardClips heard_{{{"a", spoken(6, 1)}, {"b", spoken(8, 1)}}, {}};

  Sensitivity begun(const std::string& layers, Choice choice = {}, Precision base = Precision::fp32) const {
    SensitivityQuestion question{base, layers, {std::move(choice)}};
    question.fast = true;
    return begin_sensitivity(engine_, question, heard_);
  }
  Sensitivity estimated(const Sensitivity& study) const {
    return fast_sensitivity(demo_checkpoint(), engine_, study, heard_.clips, {});
  }

 private Q_SLOTS:
  /// Of ((a + b)^2, 3 b), with a from 1 to 4 and b from 2 to 1: the first goes from 9 to 25, of which a has
  /// 24 and b -8, as gradients at the two middles say exactly of squares; the second changes by -3, all of it
  /// b's. Two signs give b's length, sqrt(64 + 9), in the mean over either: (8 + 3)^2 or (8 - 3)^2.
  void effects_are_of_what_the_whole_changes() {
    s3gen::ModelWeights base;
    const auto layer_of = [](float value) {
      auto made = std::make_shared<s3gen::LayerWeights>();
      made->weight = DenseWeight{at::tensor({value})};
      return made;
    };
    base.layers["a"] = layer_of(1);
    base.layers["b"] = layer_of(2);
    const auto seed = random_seed();
    constexpr int kSigns = 2000;
    const auto effects = path_effects(
        base, {{"a", at::tensor({1.F}), at::tensor({3.F})}, {"b", at::tensor({2.F}), at::tensor({-1.F})}},
        [](const s3gen::ModelWeights& weights) {
          const auto of = [&](const char* name) {
            return std::get<DenseWeight>(weights.layers.at(name)->weight.value()).values;
          };
          return at::cat({(of("a") + of("b")).square(), 3 * of("b")});
        },
        kSigns, seed);
    QCOMPARE(effects.size(), std::size_t(2));
    QVERIFY(std::abs(effects[0] - 24) < 1e-5);
    // Squares of 121 or 25 around 73: five deviations of the mean of 2000.
    QVERIFY(std::abs(effects[1] * effects[1] - 73) < 5 * 48 / std::sqrt(double{kSigns}));
  }

  /// Alone on the way, a layer's share is all of the change. Of eight signs for each of two clips, whose
  /// lengths are off by a fourth each, the mean is within a half (three deviations; the signs are always the
  /// same).
  void alone_a_layer_is_estimated_as_it_is_measured_data() {
    QTest::addColumn<QString>("layer");
    for (const auto* layer : {"flow.encoder_proj", "mel2wav.conv_pre"})
      QTest::newRow(layer) << QString(layer);
  }
  void alone_a_layer_is_estimated_as_it_is_measured() {
    QFETCH(QString, layer);
    const auto study = begun(layer.toStdString());
    const auto fast = estimated(study);
    SensitivitySweep sweep({&engine_}, study, heard_.clips, {});
    const auto exact = sweep.run({}, [](const Sensitivity&) {});
    QCOMPARE(fast.layers.size(), std::size_t(1));
    const auto estimate = fast.layers[0].damage, damage = exact.layers[0].damage;
    const auto message = QString("%1 estimated, %2 measured").arg(estimate).arg(damage);
    QVERIFY2(damage > 0 && std::abs(estimate - damage) < 0.5 * damage, qPrintable(message));
  }

  void what_is_not_estimated_says_so() {
    const auto fast = estimated(begun(
        "{mel2wav.conv_pre,speaker_encoder.xvector.dense.linear,tokenizer.encoder.blocks.0.attn.value}"));
    QCOMPARE(fast.layers.size(), std::size_t(3));
    for (const auto& entry : fast.layers) {
      QCOMPARE(entry.fault.empty(), entry.kind == DamageKind::spectrum);
      QCOMPARE(std::isnan(entry.damage), entry.kind != DamageKind::spectrum);
    }
    const auto rounded = estimated(begun("flow.encoder_proj", {.method = Method::dynamic}));
    QVERIFY(rounded.layers.at(0).fault.find("rounding inputs") != std::string::npos);
    COMPARE_ERROR((void)estimated(begun("flow.encoder_proj", {}, Precision::bf16)), usage, "over fp32 alone");
  }

  void an_estimate_is_no_measurement() {
    const auto fast = begun("flow.encoder_proj");
    const auto text = to_json(fast);
    QCOMPARE(to_json(parse_sensitivity(text, "text")), text);
    auto measured = begun("flow.encoder_proj");
    measured.subject.question.fast = false;
    COMPARE_ERROR((void)resumed(measured, text, "s.json"), usage, "its fast is another");
  }
};

QTEST_GUILESS_MAIN(TestFastSensitivity)
#include "test_fast_sensitivity.moc"
