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
      tensors[wild] = {Dtype::f32, {1}, {}};
      const auto model = read_model(tensors);
      QVERIFY(model.missing.empty());
      QVERIFY(model.unexpected == std::vector<std::string>{wild});
    }
    // The largest that is believed: halving channels 256 times must be defined.
    Tensors tensors = demo_component("mel2wav");
    tensors["mel2wav.ups.255.bias"] = {Dtype::f32, {1}, {}};
    QVERIFY(read_model(tensors).missing.size() > 252 * 2);
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
