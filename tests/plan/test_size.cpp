#include <QtTest>

#include "core/plan/size.h"
#include "core/quant/stored_parts.h"
#include "tests/layer_table_from_manifest.h"

using octet::Precision;

/// Sizes of the full-size model. Where a figure differs from upstream's arithmetic (everything outside the
/// tokenizer in bf16, fixed tables too), it is because Octet keeps in fp32
///   the source's l_linear, 9 weights and a bias: +20 bytes, or +2 when its weight is forced to int8;
///   the tokenizer's fixed tables, 26,128 elements: +52,256 bytes when the rest of the tokenizer is bf16.
class TestSize : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void presets_take_the_bytes_that_were_counted_data() {
    QTest::addColumn<QByteArray>("preset");
    QTest::addColumn<int>("base");
    QTest::addColumn<bool>("include_tokenizer");
    QTest::addColumn<quint64>("bytes");
    const auto row = [](const char* preset, Precision base, bool include_tokenizer, quint64 bytes) {
      QTest::addRow("%s %s %d", preset, std::string(octet::to_string(base)).c_str(), include_tokenizer)
          << QByteArray(preset) << static_cast<int>(base) << include_tokenizer << bytes;
    };
    row("all-base", Precision::fp32, false, 1'056'110'308);
    row("all-base", Precision::bf16, false, 775'537'034 + 20);
    row("all-base", Precision::bf16, true, 528'055'642 + 20 + 52'256);
    row("seed", Precision::bf16, false, 695'079'050 + 20);
    row("seed", Precision::bf16, true, 447'597'658 + 20 + 52'256);
    row("all-int8", Precision::bf16, false, 640'154'993 + 2);
    row("all-int8", Precision::bf16, true, 269'371'233 + 2 + 52'256);
    row("all-int8", Precision::fp32, true, 277'236'377);
  }
  void presets_take_the_bytes_that_were_counted() {
    QFETCH(QByteArray, preset);
    QFETCH(int, base);
    QFETCH(bool, include_tokenizer);
    QFETCH(quint64, bytes);
    const auto layers = octet::test::layer_table_from_manifest();
    const auto plan = octet::preset(preset.toStdString(), static_cast<Precision>(base), include_tokenizer);
    const auto resolved = octet::resolve(plan, layers);
    QVERIFY2(resolved.warnings.empty(), resolved.warnings.empty() ? "" : resolved.warnings[0].c_str());
    QCOMPARE(quint64(octet::plan_size(layers, resolved).total().bytes), bytes);
  }

  void seed_covers_the_counted_layers() {
    const auto layers = octet::test::layer_table_from_manifest();
    const auto resolved = octet::resolve(octet::preset("seed", Precision::bf16, false), layers);
    const auto total = octet::plan_size(layers, resolved).total();
    QCOMPARE(total.int8_layers, 259);
    QCOMPARE(total.int8_weights, 80'953'344);
    QCOMPARE(total.scales, 123'840);
    QCOMPARE(total.parameters, 263'919'029);
    QVERIFY(std::abs(100.0 * double(total.int8_weights) / double(total.parameters) - 30.67) < 0.005);
  }

  void components_can_be_sized_alone() {
    const auto layers = octet::test::layer_table_from_manifest();
    const auto resolved = octet::resolve(octet::preset("seed", Precision::bf16, false), layers);
    const std::vector<std::string> some{"flow", "mel2wav"};
    const auto size = octet::plan_size(layers, resolved, some);
    QCOMPARE(size.components.size(), 2u);
    QCOMPARE(QByteArray::number(double(size.total().bytes) / 1e6, 'f', 1), QByteArray("186.3"));
    const auto whole = octet::plan_size(layers, resolved);
    QCOMPARE(whole.components.size(), 4u);
    const auto tokenizer = std::find_if(whole.components.begin(), whole.components.end(),
                                        [](const auto& c) { return c.component == "tokenizer"; });
    QCOMPARE(quint64(tokenizer->bytes), quint64(494'962'784));
    QCOMPARE(tokenizer->parameters, 123'714'568);
    QCOMPARE(tokenizer->int8_layers, 0);
  }

  void each_tensor_is_written_in_its_type() {
    auto layers = octet::test::layer_table_from_manifest();
    auto plan = octet::preset("seed", Precision::bf16, false);
    plan.layers["tokenizer.encoder.conv1"] = {.precision = Precision::int8, .force = true};
    const auto resolved = octet::resolve(plan, layers);
    const auto written = [&](std::string_view layer, std::string_view tensor) {
      const auto i = octet::test::index_of(layers, layer);
      for (const auto& part : octet::parts_of(layers[i], resolved.layers[i].effective))
        if (part.name == tensor) return part.dtype;
      throw std::runtime_error("no such tensor");
    };
    using octet::Dtype;
    QVERIFY(written("mel2wav.ups.0", "mel2wav.ups.0.weight") == Dtype::i8);
    QVERIFY(written("mel2wav.ups.0", "mel2wav.ups.0.weight_scale") == Dtype::f32);
    QVERIFY(written("mel2wav.ups.0", "mel2wav.ups.0.bias") == Dtype::bf16);
    QVERIFY(written("mel2wav.m_source.l_linear", "mel2wav.m_source.l_linear.bias") == Dtype::f32);
    QVERIFY(written("tokenizer._mel_filters", "tokenizer._mel_filters") == Dtype::f32);
    QVERIFY(written("tokenizer.encoder.conv1", "tokenizer.encoder.conv1.weight") == Dtype::i8);
    QVERIFY(written("tokenizer.encoder.conv1", "tokenizer.encoder.conv1.bias") == Dtype::f32);
    QVERIFY(written("speaker_encoder.head.bn1", "speaker_encoder.head.bn1.num_batches_tracked") ==
            Dtype::i64);
    QVERIFY(written("speaker_encoder.head.bn1", "speaker_encoder.head.bn1.running_var") == Dtype::bf16);
    // An int8 file turned back to bf16.
    auto& ups = layers[octet::test::index_of(layers, "mel2wav.ups.0")];
    ups.tensors.front().stored = Dtype::i8;
    ups.stored = Precision::int8;
    const auto parts = octet::parts_of(ups, octet::floating_recipe(Precision::bf16));
    QCOMPARE(parts.size(), ups.tensors.size());
    QVERIFY(parts.front().name == ups.weight().name && parts.front().dtype == Dtype::bf16);
  }
};

QTEST_GUILESS_MAIN(TestSize)
#include "test_size.moc"
