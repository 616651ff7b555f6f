#include <QTemporaryDir>
#include <QtTest>
#include <limits>

#include "tests/checkpoint/tensor_files.h"
#include "tests/demo_voice.h"

using namespace octet;
using namespace octet::test;

namespace {

Sound tone(float peak) {
  Sound sound{.sample_rate = 24000, .channels = 1, .samples = std::vector<float>(12000)};
  for (std::size_t i = 0; i < sound.samples.size(); ++i)
    sound.samples[i] = peak * std::sin(0.06f * static_cast<float>(i));
  return sound;
}

}  // namespace

/// No sound, voice or token comes of numbers that are not finite; the layer to blame is named.
class TestFiniteOutputs : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() { demo_ = load(kDemo); }

  void the_first_layer_that_is_not_finite_is_named_data() {
    QTest::addColumn<std::string>("tensor");
    QTest::addColumn<float>("value");
    QTest::addColumn<int>("base");
    QTest::addColumn<std::string>("layer");
    QTest::addColumn<std::string>("hint");
    const auto row = [](const char* name, const char* tensor, float value, Precision base, const char* layer,
                        const char* hint) {
      QTest::newRow(name) << std::string(tensor) << value << int(base) << std::string(layer)
                          << std::string(hint);
    };
    const auto damaged = "damaged";
    // Each weight fits fp16; the sums of products do not.
    row("encoder in fp16", "flow.encoder.encoders.0.feed_forward.w_2.weight", 6e4f, Precision::fp16,
        "flow.encoder.encoders.0.feed_forward.w_2", "fp16 ends at 65504");
    row("embedding in fp32", "flow.input_embedding.weight", 3e38f, Precision::fp32,
        "flow.encoder.embed.out.0", damaged);
    row("estimator in fp16", "flow.decoder.estimator.mid_blocks.0.0.block1.block.0.weight", 6e4f,
        Precision::fp16, "flow.decoder.estimator.mid_blocks.0.0.block1.block.0", "fp16 ends at 65504");
    // 1 / (alpha + 1e-9) is infinite.
    row("Snake", "mel2wav.resblocks.4.activations1.1.alpha", -1e-9f, Precision::fp32,
        "mel2wav.resblocks.4.activations1.1", damaged);
    row("f0", "mel2wav.f0_predictor.classifier.weight", 3e38f, Precision::fp32,
        "mel2wav.f0_predictor.classifier", damaged);
  }
  void the_first_layer_that_is_not_finite_is_named() {
    QFETCH(std::string, tensor);
    QFETCH(float, value);
    QFETCH(int, base);
    QFETCH(std::string, layer);
    QFETCH(std::string, hint);
    // With and without stages that are kept: what is not finite must not be.
    for (const std::uint64_t kept : {0u, 100'000'000u}) {
      const Engine engine(filled(tensor, value), {}, kept);
      const auto model = engine.bind(plan_of("all-base", static_cast<Precision>(base)));
      for (int time = 0; time < 2; ++time) {
        const auto error = error_of([&] { (void)engine.synthesize(*model, spoken(8, 2), {}); });
        QCOMPARE(int(error.kind()), int(ErrorKind::input));
        QVERIFY2(QByteArray(error.what()).contains(("layer " + layer + " gives NaN or infinity").c_str()),
                 error.what());
        QVERIFY2(error.hint().find(hint) != std::string::npos, error.hint().c_str());
      }
    }
  }

  /// The same weights in a type that is wide enough speak.
  void a_wider_base_speaks() {
    const Engine engine(filled("flow.encoder.encoders.0.feed_forward.w_2.weight", 6e4f), {});
    const auto made = engine.synthesize(*engine.bind(plan_of("all-base", Precision::fp32)), spoken(8, 2), {});
    QVERIFY(std::ranges::all_of(made.waveform, [](float sample) { return std::isfinite(sample); }));
  }

  void tokens_and_voices_are_finite_too() {
    const Engine tokens(filled("tokenizer.encoder.conv1.weight", 3e38f), {});
    COMPARE_ERROR((void)tokens.tokenize(*tokens.bind(plan_of("all-base", Precision::fp32)), tone(0.5f), {}),
                  input, "layer tokenizer.encoder.conv1 gives");
    const Engine voice(filled("speaker_encoder.head.conv1.weight", 3e38f), {});
    COMPARE_ERROR((void)voice.condition(*voice.bind(plan_of("all-base", Precision::fp32)), tone(0.5f), {}),
                  input, "layer speaker_encoder.head.conv1 gives");
  }

  void sound_that_is_not_finite_is_to_blame_itself() {
    const Engine engine(demo_checkpoint(), {});
    const auto model = engine.bind(plan_of("all-base", Precision::fp32));
    auto sound = tone(0.5f);
    sound.samples[7] = std::numeric_limits<float>::quiet_NaN();
    COMPARE_ERROR((void)engine.tokenize(*model, sound, {}), input, "the source holds samples");
    COMPARE_ERROR((void)engine.condition(*model, sound, {}), input, "the reference holds samples");
  }

 private:
  /// The demo voice with one tensor all of one value.
  std::shared_ptr<const Checkpoint> filled(const std::string& tensor, float value) {
    auto tensors = demo_;
    auto& changed = tensors.at(tensor);
    changed = floats(changed.shape,
                     std::vector<float>(static_cast<std::size_t>(element_count(changed.shape)), value));
    const std::filesystem::path path =
        folder_.filePath(QString("%1.safetensors").arg(files_++)).toStdString();
    save(path, tensors, open_tensor_file(kDemo).metadata);
    return Checkpoint::open(path);
  }

  LooseTensors demo_;
  QTemporaryDir folder_;
  int files_ = 0;
};

QTEST_GUILESS_MAIN(TestFiniteOutputs)
#include "test_finite_outputs.moc"
