#include <QtTest>
#include <random>

#include "core/error.h"
#include "core/plan/plan.h"
#include "tests/layer_table_from_manifest.h"
#include "tests/random_seed.h"

using octet::LayerTable;
using octet::Precision;

namespace {

void expect_as_stored(const LayerTable& layers, const octet::PrecisionPlan& plan) {
  const auto resolved = octet::resolve(plan, layers);
  QVERIFY(resolved.warnings.empty());
  for (std::size_t i = 0; i < layers.size(); ++i)
    QVERIFY2(resolved.layers[i].effective.storage == layers[i].stored, layers[i].name.c_str());
}

LayerTable stored_as(LayerTable layers, std::initializer_list<std::string_view> components,
                     Precision precision) {
  for (const auto component : components)
    layers = octet::test::stored_as(std::move(layers), component, precision);
  return layers;
}

}  // namespace

class TestStoredPlan : public QObject {
  Q_OBJECT

  const LayerTable fp32_ = octet::test::layer_table_from_manifest();

 private Q_SLOTS:
  void a_published_file_needs_no_rules() {
    const auto plan = octet::stored_plan(fp32_, {});
    QVERIFY(plan.base == Precision::fp32);
    QVERIFY(plan.rules.empty() && plan.layers.empty());
    expect_as_stored(fp32_, plan);
  }

  void a_bf16_file_with_its_tokenizer_in_fp32_needs_one_rule() {
    auto layers = stored_as(fp32_, {"speaker_encoder", "flow", "mel2wav"}, Precision::bf16);
    auto& source = layers[octet::test::index_of(layers, "mel2wav.m_source.l_linear")];
    source.stored = Precision::fp32;
    const auto plan = octet::stored_plan(layers, {});
    QVERIFY(plan.base == Precision::bf16);
    QCOMPARE(plan.rules.size(), 1u);
    QVERIFY(plan.layers.empty());
    expect_as_stored(layers, plan);
  }

  void half_precision_files_are_kept_as_they_are_data() {
    QTest::addColumn<int>("precision");
    QTest::newRow("bf16") << static_cast<int>(Precision::bf16);
    QTest::newRow("fp16") << static_cast<int>(Precision::fp16);
  }
  void half_precision_files_are_kept_as_they_are() {
    QFETCH(int, precision);
    const auto stored = static_cast<Precision>(precision);
    const auto layers = stored_as(fp32_, {"tokenizer", "speaker_encoder", "flow", "mel2wav"}, stored);
    const auto plan = octet::stored_plan(layers, {});
    QVERIFY(plan.base == stored);
    expect_as_stored(layers, plan);
  }

  void any_mixture_is_kept_as_it_is() {
    std::mt19937 random(octet::test::random_seed());
    auto layers = fp32_;
    for (auto& layer : layers) {
      if (layer.type == octet::LayerType::buffer) continue;
      layer.stored = static_cast<Precision>(random() % (layer.quantizable() ? 4 : 3));
    }
    expect_as_stored(layers, octet::stored_plan(layers, {}));
  }

  void a_file_of_the_tokenizer_alone_is_kept_as_it_is() {
    LayerTable tokenizer;
    std::copy_if(fp32_.begin(), fp32_.end(), std::back_inserter(tokenizer),
                 [](const auto& layer) { return layer.component == "tokenizer"; });
    expect_as_stored(tokenizer, octet::stored_plan(tokenizer, {}));
    const auto half = octet::test::stored_as(tokenizer, "tokenizer", Precision::bf16);
    expect_as_stored(half, octet::stored_plan(half, {}));
  }

  void an_export_is_read_back_under_the_plan_it_carries() {
    for (const auto& name : octet::preset_names()) {
      for (const auto base : {Precision::fp32, Precision::bf16, Precision::fp16}) {
        auto plan = octet::preset(name, base, name == "all-int8");
        plan.layers["flow.encoder_proj"] = {.precision = Precision::int8};
        const auto resolved = octet::resolve(plan, fp32_);
        auto exported = fp32_;
        for (std::size_t i = 0; i < exported.size(); ++i)
          exported[i].stored = resolved.layers[i].effective.storage;
        const auto stored = octet::stored_plan(exported, {{"octet_plan", octet::compact_plan(plan)}});
        QVERIFY(stored == plan);
        expect_as_stored(exported, stored);
        expect_as_stored(exported, octet::stored_plan(exported, {}));
      }
    }
  }

  void a_broken_plan_in_an_export_is_refused() {
    try {
      octet::stored_plan(fp32_, {{"octet_plan", "{\"format\":1}"}});
      QFAIL("accepted");
    } catch (const octet::Error& error) {
      QCOMPARE(static_cast<int>(error.kind()), static_cast<int>(octet::ErrorKind::input));
      QVERIFY2(QByteArray(error.what()).contains("octet_plan"), error.what());
    }
  }
};

QTEST_GUILESS_MAIN(TestStoredPlan)
#include "test_stored_plan.moc"
