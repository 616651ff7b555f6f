#include <algorithm>

#include "core/checkpoint/schema.h"
#include "tests/checkpoint/tensor_files.h"

using namespace octet;
using namespace octet::test;

namespace {

using Tensors = std::map<std::string, StoredTensor, std::less<>>;

/// Names, types and shapes of one component of the demo; nothing looks at the bytes.
Tensors demo_component(std::string_view component) {
  auto tensors = open_tensor_file(kDemo).tensors;
  std::erase_if(tensors, [&](const auto& entry) { return !entry.first.starts_with(component); });
  return tensors;
}

bool mentions(const std::vector<std::string>& sentences, const std::string& name) {
  return std::ranges::any_of(sentences,
                             [&](const auto& sentence) { return sentence.starts_with(name + " is "); });
}

}  // namespace

class TestSchema : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void each_component_is_whole_by_itself_data() { components(); }
  void each_component_is_whole_by_itself() {
    QFETCH(QByteArray, component);
    const auto tensors = demo_component(component.toStdString());
    const auto model = read_model(tensors);
    QVERIFY(model.components == std::vector<std::string>{component.toStdString()});
    QVERIFY(model.missing.empty() && model.wrong.empty() && model.unexpected.empty());
    QVERIFY(tensors.size() > 40);
  }

  void no_tensor_is_dispensable_data() { components(); }
  void no_tensor_is_dispensable() {
    QFETCH(QByteArray, component);
    auto tensors = demo_component(component.toStdString());
    for (const auto& [name, tensor] : Tensors(tensors)) {
      tensors.erase(name);
      const auto model = read_model(tensors);
      // Of two weight-norm parts and of a key tensor that others are measured by: itself, and nothing else.
      QVERIFY2(model.missing == std::vector<std::string>{name}, name.c_str());
      tensors[name] = tensor;
    }
  }

  void every_shape_is_held_against_another_data() { components(); }
  void every_shape_is_held_against_another() {
    QFETCH(QByteArray, component);
    auto tensors = demo_component(component.toStdString());
    for (const auto& [name, tensor] : Tensors(tensors)) {
      if (name == "flow.input_embedding.weight") continue;  // the vocabulary can be any
      auto& changed = tensors.at(name).shape;
      if (changed.empty())
        changed = {1};
      else
        ++changed[0];
      const auto model = read_model(tensors);
      QVERIFY2(!model.wrong.empty(), name.c_str());
      if (tensor.shape.empty()) QVERIFY2(mentions(model.wrong, name), name.c_str());
      tensors[name] = tensor;
    }
  }

  void extents_of_zero_and_wild_ones_are_wrong() {
    for (const std::int64_t extent : {std::int64_t{0}, std::int64_t{1} << 62}) {
      for (const auto* component : {"tokenizer", "speaker_encoder", "flow", "mel2wav"}) {
        auto tensors = demo_component(component);
        for (auto& [name, tensor] : tensors)
          for (auto& size : tensor.shape) size = extent;
        QVERIFY(!read_model(tensors).wrong.empty());
      }
    }
  }
  void wild_block_numbers_do_not_ask_for_a_billion_blocks() {
    for (const auto* wild : {"flow.encoder.encoders.2147483647.norm_ff.weight",
                             "mel2wav.ups.99999999999999999999.bias", "mel2wav.resblocks.-1.convs1.0.bias"}) {
      Tensors tensors = demo_component("flow");
      tensors.merge(demo_component("mel2wav"));
      tensors[wild] = {Dtype::f32, {1}, {}, 0, {}};
      auto model = read_model(tensors);
      QVERIFY(model.missing.empty());
      model.surplus.insert(model.surplus.end(), model.unexpected.begin(), model.unexpected.end());
      QVERIFY(model.surplus == std::vector<std::string>{wild});
    }
    // The largest that is believed.
    Tensors tensors = demo_component("flow");
    tensors["flow.encoder.encoders.255.norm_ff.bias"] = {Dtype::f32, {1}, {}, 0, {}};
    QVERIFY(read_model(tensors).missing.size() > 252 * 2);
  }

  /// Blocks whose number upstream fixes, and parts that a layer has not: they would be listed, sized and
  /// exported, but never computed.
  void surplus_structure_is_told_from_foreign_tensors_data() {
    QTest::addColumn<QByteArray>("like");
    QTest::addColumn<QByteArray>("surplus");
    const auto row = [](const char* name, const char* like, const char* surplus) {
      QTest::newRow(name) << QByteArray(like) << QByteArray(surplus);
    };
    row("fourth dilation", "mel2wav.resblocks.0.convs1.2.", "mel2wav.resblocks.0.convs1.3.");
    row("its activation", "mel2wav.resblocks.0.activations1.2.", "mel2wav.resblocks.0.activations1.3.");
    row("fourth dilation of a source block", "mel2wav.source_resblocks.1.convs2.2.",
        "mel2wav.source_resblocks.1.convs2.3.");
    row("fourth upsampling", "mel2wav.ups.2.", "mel2wav.ups.3.");
    row("fourth source downsampling", "mel2wav.source_downs.2.", "mel2wav.source_downs.3.");
    row("layer at an activation's place", "mel2wav.f0_predictor.condnet.8.",
        "mel2wav.f0_predictor.condnet.7.");
    row("fourth dense block", "speaker_encoder.xvector.block3.tdnnd1.",
        "speaker_encoder.xvector.block4.tdnnd1.");
    row("its transit", "speaker_encoder.xvector.transit3.", "speaker_encoder.xvector.transit4.");
    row("third stage of the head", "speaker_encoder.head.layer2.0.", "speaker_encoder.head.layer3.0.");
    row("projection in a later block", "speaker_encoder.head.layer1.0.shortcut.",
        "speaker_encoder.head.layer1.1.shortcut.");
    row("second resolution", "flow.decoder.estimator.down_blocks.0.0.",
        "flow.decoder.estimator.down_blocks.1.0.");
    row("cross attention", "flow.decoder.estimator.mid_blocks.0.1.0.attn1.",
        "flow.decoder.estimator.mid_blocks.0.1.0.attn2.");
    row("third convolution of the tokenizer", "tokenizer.encoder.conv2.", "tokenizer.encoder.conv3.");
  }
  void surplus_structure_is_told_from_foreign_tensors() {
    QFETCH(QByteArray, like);
    QFETCH(QByteArray, surplus);
    auto tensors = open_tensor_file(kDemo).tensors;
    std::vector<std::string> added;
    for (const auto& [name, tensor] : Tensors(tensors)) {
      if (!name.starts_with(like.toStdString())) continue;
      added.push_back(surplus.toStdString() + name.substr(static_cast<std::size_t>(like.size())));
      tensors[added.back()] = tensor;
    }
    QVERIFY(!added.empty());
    const auto model = read_model(tensors);
    QVERIFY(model.surplus == added);
    QVERIFY(model.unexpected.empty());
    const auto is_added = [&](const Layer& layer) { return layer.name.starts_with(surplus.toStdString()); };
    QVERIFY(std::ranges::none_of(model.layers, is_added));
  }

  void parts_that_a_layer_has_not_are_surplus_but_a_lora_is_not() {
    auto tensors = open_tensor_file(kDemo).tensors;
    const StoredTensor any{Dtype::f32, {1}, {}, 0, {}};
    const std::vector<std::string> parts{"flow.decoder.estimator.mid_blocks.0.1.0.attn1.to_q.bias",
                                         "flow.encoder_proj.weight_scale", "mel2wav.conv_pre.weight.absmax",
                                         "speaker_encoder.head.conv1.bias"};
    const std::vector<std::string> others{"flow.encoder_proj.lora_A.default.weight", "flow.extra.weight",
                                          "flow.x.lora_A.weight", "optimizer.state.0.exp_avg"};
    for (const auto& name : parts) tensors[name] = any;
    for (const auto& name : others) tensors[name] = any;
    const auto model = read_model(tensors);
    QCOMPARE(model.surplus, parts);
    QCOMPARE(model.unexpected, others);
    QVERIFY(model.missing.empty() && model.wrong.empty());
  }

  /// What the code can compute in any number is in the layer table in that number.
  void blocks_that_can_be_more_are_read_data() {
    QTest::addColumn<QByteArray>("like");
    QTest::addColumn<QByteArray>("more");
    const auto row = [](const char* like, const char* more) {
      QTest::newRow(more) << QByteArray(like) << QByteArray(more);
    };
    row("flow.encoder.encoders.0.", "flow.encoder.encoders.3.");
    row("flow.encoder.up_encoders.0.", "flow.encoder.up_encoders.3.");
    row("speaker_encoder.head.layer2.1.", "speaker_encoder.head.layer2.2.");
    row("mel2wav.f0_predictor.condnet.8.", "mel2wav.f0_predictor.condnet.10.");
  }
  void blocks_that_can_be_more_are_read() {
    QFETCH(QByteArray, like);
    QFETCH(QByteArray, more);
    auto tensors = open_tensor_file(kDemo).tensors;
    const auto before = read_model(tensors).layers.size();
    for (const auto& [name, tensor] : Tensors(tensors))
      if (name.starts_with(like.toStdString()))
        tensors[more.toStdString() + name.substr(static_cast<std::size_t>(like.size()))] = tensor;
    const auto model = read_model(tensors);
    QVERIFY(model.surplus.empty() && model.unexpected.empty() && model.wrong.empty());
    QVERIFY(model.layers.size() > before);
  }

  /// Sizes that fit each other, but not what upstream's code does with them.
  void sizes_that_nothing_computes_are_wrong_data() {
    QTest::addColumn<QByteArray>("tensor");
    QTest::addColumn<int>("axis");
    QTest::addColumn<int>("extent");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* tensor, int axis, int extent, const char* says) {
      QTest::addRow("%s %d", tensor, extent) << QByteArray(tensor) << axis << extent << QByteArray(says);
    };
    const auto* direction = ".parametrizations.weight.original1";
    row((std::string("mel2wav.ups.0") + direction).c_str(), 2, 17, "a kernel of 17, expected 8 and an even");
    row((std::string("mel2wav.ups.1") + direction).c_str(), 2, 3, "a kernel of 3, expected 5 and an even");
    row((std::string("mel2wav.resblocks.4.convs1.1") + direction).c_str(), 2, 4, "a kernel of 4");
    row("mel2wav.source_downs.0.weight", 2, 32, "expected [64, 18, 30]");
    row("mel2wav.source_downs.2.weight", 2, 3, "expected [16, 18, 1]");
    row((std::string("mel2wav.conv_post") + direction).c_str(), 0, 34, "expected [18, 16, 7]");
    row((std::string("mel2wav.conv_pre") + direction).c_str(), 1, 100, "expected [128, 80, 7]");
    row("flow.encoder_proj.weight", 0, 100, "expected [80, ");
    row("flow.encoder.encoders.0.self_attn.pos_bias_u", 0, 7, "pos_bias_u has 7 heads");
    row("flow.encoder.embed.out.0.weight", 0, 65, "has 65 outputs, expected an even number");
    row("tokenizer.encoder.conv1.weight", 0, 100, "has 100 channels, expected a multiple of 64");
    row("tokenizer.encoder.conv1.weight", 1, 80, "expected [192, 128, 3]");
  }
  void sizes_that_nothing_computes_are_wrong() {
    QFETCH(QByteArray, tensor);
    QFETCH(int, axis);
    QFETCH(int, extent);
    QFETCH(QByteArray, says);
    auto tensors = open_tensor_file(kDemo).tensors;
    tensors.at(tensor.toStdString()).shape.at(static_cast<std::size_t>(axis)) = extent;
    const auto wrong = read_model(tensors).wrong;
    QVERIFY2(std::ranges::any_of(
                 wrong, [&](const auto& sentence) { return QByteArray(sentence.c_str()).contains(says); }),
             wrong.empty() ? "nothing is wrong" : wrong.front().c_str());
  }

 private:
  static void components() {
    QTest::addColumn<QByteArray>("component");
    for (const auto* component : {"tokenizer", "speaker_encoder", "flow", "mel2wav"})
      QTest::newRow(component) << QByteArray(component);
  }
};

QTEST_GUILESS_MAIN(TestSchema)
#include "test_schema.moc"
