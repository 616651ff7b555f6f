#include <fmt/format.h>

#include <QtTest>
#include <limits>

#include "core/checkpoint/schema.h"
#include "tests/checkpoint/tensor_files.h"
#include "tests/demo_voice.h"

using octet::ErrorKind;
using octet::Precision;
using octet::test::plan_of;
using octet::test::spoken;

namespace {

const octet::Engine& engine() {
  static const octet::Engine made(octet::test::demo_checkpoint(), {});
  return made;
}

octet::Synthesis speak(const octet::PrecisionPlan& plan, octet::SynthesisRequest request) {
  request.keep_stages = true;
  return engine().synthesize(*engine().bind(plan), request, {});
}

const octet::PrecisionPlan& fp32() {
  static const auto plan = plan_of("all-base", Precision::fp32);
  return plan;
}

/// Longer by `more` along one axis; what is added are zeros.
void grow(octet::test::Loose& tensor, std::size_t axis, int more) {
  std::size_t row = octet::size_of(tensor.dtype);
  for (std::size_t i = axis; i < tensor.shape.size(); ++i) row *= static_cast<std::size_t>(tensor.shape[i]);
  const auto added = row / static_cast<std::size_t>(tensor.shape[axis]) * static_cast<std::size_t>(more);
  std::string bytes;
  for (std::size_t at = 0; at < tensor.bytes.size(); at += row)
    bytes += tensor.bytes.substr(at, row) + std::string(added, '\0');
  tensor.bytes = bytes;
  tensor.shape[axis] += more;
}

}  // namespace

class TestEngine : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void the_same_request_gives_the_same_bytes() {
    for (const auto& plan : {fp32(), plan_of("seed", Precision::bf16)}) {
      const auto first = speak(plan, spoken(15, 2)), second = speak(plan, spoken(15, 2));
      QVERIFY(first.waveform == second.waveform);
      for (const auto& [name, tensor] : first.stages)
        QVERIFY2(tensor.values == second.stages.at(name).values, name.c_str());
    }
  }

  void another_seed_gives_another_waveform() {
    auto request = spoken(15, 2);
    const auto first = speak(fp32(), request);
    request.seed = 1;
    const auto second = speak(fp32(), request);
    QVERIFY(first.waveform != second.waveform);
    QVERIFY(octet::test::stage_floats(first, "encoder_out") ==
            octet::test::stage_floats(second, "encoder_out"));
  }

  void an_injected_source_replaces_the_drawn_one() {
    auto request = spoken(15, 2);
    const auto drawn = speak(fp32(), request);
    request.noise["source"] = drawn.stages.at("source");
    QVERIFY(speak(fp32(), request).waveform == drawn.waveform);
    auto& values = std::get<std::vector<float>>(request.noise["source"].values);
    for (auto& value : values) value *= 0.5f;
    const auto changed = speak(fp32(), request);
    QVERIFY(changed.waveform != drawn.waveform);
    QVERIFY(octet::test::stage_floats(changed, "mel") == octet::test::stage_floats(drawn, "mel"));
  }

  void one_token_gives_two_frames() {
    const auto made = speak(fp32(), spoken(1));
    QCOMPARE(made.waveform.size(), std::size_t(960));
    QCOMPARE(made.mel.size(), std::size_t(2 * 80));
    QCOMPARE(made.waveform.front(), 0.0f);
  }

  /// Upstream cuts tokens, not mel frames: 2 P + 1 frames of prompt leave 2 N - 1 for the output.
  void an_odd_prompt_shortens_the_output_by_a_frame() {
    auto request = spoken(10);
    request.voice.prompt_token.resize(20);
    request.voice.prompt_feat.resize(std::size_t(41) * 80);
    QCOMPARE(speak(fp32(), request).waveform.size(), std::size_t(480 * 19));
    request.voice.prompt_feat.resize(std::size_t(40) * 80);
    QCOMPARE(speak(fp32(), request).waveform.size(), std::size_t(480 * 20));
  }

  void as_many_steps_are_taken_as_asked_for() {
    const auto steps = [](int count) {
      const auto made = speak(fp32(), spoken(3, count));
      return std::ranges::count_if(made.stages,
                                   [](const auto& stage) { return stage.first.starts_with("mel_step_"); });
    };
    QCOMPARE(steps(1), 1);
    QCOMPARE(steps(50), 50);
    QCOMPARE(steps(0), 10);
  }

  void wrong_requests_are_refused_data() {
    QTest::addColumn<octet::SynthesisRequest>("request");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QByteArray>("says");
    const auto row = [](const char* name, ErrorKind kind, const char* says, const auto& spoil) {
      auto request = spoken(5);
      spoil(request);
      QTest::newRow(name) << request << int(kind) << QByteArray(says);
    };
    const auto input = ErrorKind::input, usage = ErrorKind::usage;
    row("id at the vocabulary", input, "speech token 6561 at position 2",
        [](auto& r) { r.tokens[2] = 6561; });
    row("negative id", input, "speech token -1 at position 0", [](auto& r) { r.tokens[0] = -1; });
    row("huge id", input, "outside the vocabulary",
        [](auto& r) { r.tokens[4] = std::numeric_limits<std::int64_t>::max(); });
    row("prompt id", input, "prompt token 6562", [](auto& r) { r.voice.prompt_token[1] = 6562; });
    row("no tokens", input, "no speech tokens", [](auto& r) { r.tokens.clear(); });
    row("short embedding", input, "191 values; this checkpoint's have 192",
        [](auto& r) { r.voice.embedding.pop_back(); });
    row("no embedding", input, "0 values", [](auto& r) { r.voice.embedding.clear(); });
    row("ragged mel", input, "multiple of 80", [](auto& r) { r.voice.prompt_feat.pop_back(); });
    row("mel without tokens", input, "10 frames, where the 0 prompt tokens pair with 0", [](auto& r) {
      r.voice.prompt_token.clear();
      r.voice.prompt_feat.resize(10 * 80);
    });
    // Upstream's model would speak what is missing of the prompt, or swallow what is too much of it.
    row("short mel", input, "264 frames, where the 133 prompt tokens pair with 266",
        [](auto& r) { r.voice.prompt_feat.resize(264 * 80); });
    row("long mel", input, "268 frames, where the 133 prompt tokens pair with 266",
        [](auto& r) { r.voice.prompt_feat.resize(268 * 80); });
    row("51 steps", usage, "51 Euler steps", [](auto& r) { r.steps = 51; });
    row("negative steps", usage, "-1 Euler steps", [](auto& r) { r.steps = -1; });
    row("noise of another length", input, "cfm_noise", [](auto& r) {
      r.noise["cfm_noise"] = {{1, 80, 3}, std::vector<float>(240)};
    });
    row("ids as noise", input, "sine_phase", [](auto& r) {
      r.noise["sine_phase"] = {{1, 9, 1}, std::vector<std::int64_t>(9)};
    });
    row("source of another length", input, "source", [](auto& r) {
      r.noise["source"] = {{1, 1, 5}, std::vector<float>(5)};
    });
    row("infinite embedding", input, "embedding",
        [](auto& r) { r.voice.embedding[3] = std::numeric_limits<float>::infinity(); });
    row("mel with NaN", input, "prompt_feat",
        [](auto& r) { r.voice.prompt_feat[7] = std::numeric_limits<float>::quiet_NaN(); });
    row("noise with NaN", input, "sine_phase", [](auto& r) {
      r.noise["sine_phase"] = {{1, 9, 1}, std::vector<float>(9, std::numeric_limits<float>::quiet_NaN())};
    });
  }
  void wrong_requests_are_refused() {
    QFETCH(octet::SynthesisRequest, request);
    QFETCH(int, kind);
    QFETCH(QByteArray, says);
    try {
      (void)engine().synthesize(*engine().bind(fp32()), request, {});
      QFAIL("it was not refused");
    } catch (const octet::Error& error) {
      QCOMPARE(int(error.kind()), kind);
      QVERIFY2(QByteArray(error.what()).contains(says), error.what());
    }
  }

  /// 4.6 days of speech: refused before weights are read.
  void what_cannot_fit_is_refused_before_any_work() {
    auto request = spoken(1);
    request.tokens.assign(10'000'000, 7);
    const auto model = engine().bind(fp32());
    bool worked = false;
    try {
      (void)engine().synthesize(*model, request, {{}, [&](const octet::Progress&) { worked = true; }});
      QFAIL("it was not refused");
    } catch (const octet::Error& error) {
      QVERIFY2(error.kind() == ErrorKind::device, error.what());
      QVERIFY2(QByteArray(error.what()).contains("GB"), error.what());
      QVERIFY(!error.hint().empty());
    }
    QVERIFY(!worked);
    QCOMPARE(octet::resident_weight_bytes(*model), 0u);
  }

  void a_stop_ends_the_work_within_a_step() {
    std::stop_source stop;
    octet::JobControl control{stop.get_token(), [&](const octet::Progress& progress) {
                                if (progress.stage == "flow" && progress.done == 2) stop.request_stop();
                                QVERIFY(progress.done < 3 || progress.stage != "flow");
                              }};
    QVERIFY_THROWS_EXCEPTION(octet::Error,
                             (void)engine().synthesize(*engine().bind(fp32()), spoken(5, 10), control));
    QVERIFY(stop.stop_requested());
  }

  /// Listening reports nothing on its way: the run it hands to every layer ends it.
  void a_stop_while_listening_ends_at_a_layer() {
    const auto model = engine().bind(fp32());
    const octet::Sound second{
        .sample_rate = 16000, .channels = 1, .samples = std::vector<float>(16000, 0.1f)};
    const auto layer_of = [&](const char* stage, const auto& listen) {
      std::stop_source stop;
      const octet::JobControl control{stop.get_token(), [&](const octet::Progress& progress) {
                                        if (progress.stage == stage) stop.request_stop();
                                      }};
      try {
        listen(control);
      } catch (const octet::Error& error) {
        return QByteArray(error.what());
      }
      return QByteArray("it went on");
    };
    QCOMPARE(layer_of("source: tokens",
                      [&](const auto& control) { (void)engine().tokenize(*model, second, control); }),
             QByteArray("cancelled at layer tokenizer.encoder.conv1"));
    QCOMPARE(layer_of("reference: speaker",
                      [&](const auto& control) { (void)engine().condition(*model, second, control); }),
             QByteArray("cancelled at layer speaker_encoder.head.conv1"));
  }

  /// Whatever extent of whatever tensor opening accepts, the modules compute with it: all that may grow by
  /// themselves, grown at once.
  void every_size_that_opens_is_computed_data() {
    QTest::addColumn<int>("more");
    QTest::addColumn<int>("at_least");
    // Vocabulary, waves, the voice's embedding, the look-ahead, the tokenizer's memories.
    QTest::newRow("one more") << 1 << 7;
    // These, and kernels of residual blocks and upsamplings.
    QTest::newRow("two more") << 2 << 80;
  }
  void every_size_that_opens_is_computed() {
    QFETCH(int, more);
    QFETCH(int, at_least);
    auto tensors = octet::test::load(octet::test::kDemo);
    const auto opens = [](const auto& shapes) {
      const auto model = octet::read_model(shapes);
      return model.missing.empty() && model.wrong.empty() && model.surplus.empty();
    };
    int accepted = 0;
    for (const std::string component : {"tokenizer.", "speaker_encoder.", "flow.", "mel2wav."}) {
      auto shapes = octet::open_tensor_file(octet::test::kDemo).tensors;
      std::erase_if(shapes, [&](const auto& entry) { return !entry.first.starts_with(component); });
      for (auto& [name, stored] : shapes)
        for (std::size_t axis = 0; axis < stored.shape.size(); ++axis) {
          stored.shape[axis] += more;
          if (opens(shapes)) {
            grow(tensors.at(name), axis, more);
            ++accepted;
          }
          stored.shape[axis] -= more;
        }
    }
    QVERIFY2(accepted >= at_least, qPrintable(QString::number(accepted)));

    const QTemporaryDir folder;
    const auto path = folder.filePath("grown.safetensors").toStdString();
    octet::test::save(path, tensors, octet::test::demo_checkpoint()->metadata());
    const octet::Engine grown(octet::Checkpoint::open(path), {});
    const auto model = grown.bind(fp32());
    auto request = spoken(10, 2);
    request.voice.embedding.resize(static_cast<std::size_t>(grown.embedding_width()), 0.1f);
    QCOMPARE(grown.synthesize(*model, request, {}).waveform.size(), std::size_t{20 * 480});
    octet::Sound second{.sample_rate = 16000, .channels = 1, .samples = std::vector<float>(16000)};
    for (std::size_t i = 0; i < second.samples.size(); ++i)
      second.samples[i] = 0.3f * std::sin(0.1f * static_cast<float>(i));
    QCOMPARE(grown.tokenize(*model, second, {}).size(), std::size_t{25});
    QCOMPARE(grown.condition(*model, second, {}).embedding.size(), std::size_t{192});
  }

  /// The mean of twice as many residual blocks, each there twice, is the same mean; a kernel with a zero at
  /// either end is the same kernel.
  void what_the_shapes_say_is_computed_data() {
    QTest::addColumn<bool>("wider_kernel");
    QTest::newRow("six residual blocks a stage") << false;
    QTest::newRow("a wider upsampling kernel") << true;
  }
  void what_the_shapes_say_is_computed() {
    QFETCH(bool, wider_kernel);
    auto tensors = octet::test::load(octet::test::kDemo);
    if (wider_kernel) {
      auto& direction = tensors.at("mel2wav.ups.0.parametrizations.weight.original1");
      std::string wider;
      constexpr std::size_t kRow = 16 * sizeof(float);
      for (std::size_t at = 0; at < direction.bytes.size(); at += kRow)
        wider += std::string(sizeof(float), '\0') + direction.bytes.substr(at, kRow) +
                 std::string(sizeof(float), '\0');
      direction.bytes = wider;
      direction.shape[2] = 18;
    } else {
      auto more = tensors;
      std::erase_if(more, [](const auto& entry) { return entry.first.starts_with("mel2wav.resblocks."); });
      for (const auto& [name, tensor] : tensors) {
        if (!name.starts_with("mel2wav.resblocks.")) continue;
        const auto number = name[18] - '0';
        const auto rest = name.substr(19);
        for (const int copy : {0, 3})
          more[fmt::format("mel2wav.resblocks.{}{}", number / 3 * 6 + number % 3 + copy, rest)] = tensor;
      }
      tensors = more;
    }
    const QTemporaryDir folder;
    const auto path = folder.filePath("changed.safetensors").toStdString();
    octet::test::save(path, tensors, octet::test::demo_checkpoint()->metadata());
    const octet::Engine changed(octet::Checkpoint::open(path), {});
    const auto request = spoken(10, 2);
    const auto expected = engine().synthesize(*engine().bind(fp32()), request, {}).waveform;
    bool beyond = false;
    const auto look = [&](const octet::Progress& told) {
      beyond |= told.total > 0 && told.done > told.total;
    };
    const auto actual = changed.synthesize(*changed.bind(fp32()), request, {{}, look}).waveform;
    QCOMPARE(actual.size(), expected.size());
    QVERIFY(!beyond);  // what there is to do
    // Sums in another order.
    for (std::size_t i = 0; i < actual.size(); ++i) QVERIFY(std::abs(actual[i] - expected[i]) < 1e-4f);
  }

  void reference_and_source_that_are_too_short_are_refused() {
    const auto model = engine().bind(fp32());
    const auto sound = [](double seconds) {
      return octet::Sound{.sample_rate = 24000,
                          .channels = 1,
                          .samples = std::vector<float>(std::size_t(seconds * 24000), 0.1f)};
    };
    const auto refuses = [&](const auto& work) {
      try {
        work();
      } catch (const octet::Error& error) {
        return error.kind() == ErrorKind::input;
      }
      return false;
    };
    QVERIFY(refuses([&] { (void)engine().condition(*model, sound(0.0999), {}); }));
    QVERIFY(refuses([&] { (void)engine().condition(*model, sound(0), {}); }));
    QVERIFY(refuses([&] { (void)engine().tokenize(*model, sound(0.0399), {}); }));
    QCOMPARE(engine().tokenize(*model, sound(0.04), {}).size(), std::size_t(1));
  }
};

QTEST_GUILESS_MAIN(TestEngine)
#include "test_engine.moc"
