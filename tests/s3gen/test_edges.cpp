#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>

#include <QtTest>
#include <numbers>

#include "core/s3gen/campplus.h"
#include "core/s3gen/flow.h"
#include "core/s3gen/hift.h"
#include "core/s3gen/speech_tokenizer.h"
#include "core/synthesis/host_tensors.h"
#include "tests/component_weights.h"

namespace s3gen = octet::s3gen;
using octet::Precision;

namespace {

/// Real speech at 16 kHz, clip after clip. [1, samples]
at::Tensor speech(std::int64_t samples) {
  std::vector<at::Tensor> clips;
  std::int64_t have = 0;
  const auto sound = octet::read_sound(octet::demo_voice_folder() / "clips" / "ref00_en_f_nora.wav");
  // Every third of two samples would be a resampling; pitch does not matter here.
  const auto clip = at::tensor(sound.samples).unsqueeze(0);
  for (; have < samples; have += clip.size(1))
    clips.push_back(clip * (1.0 / (1.0 + 0.1 * double(clips.size()))));
  return at::cat(clips, 1).slice(1, 0, samples).contiguous();
}

/// Ids of a window of `frames` mel frames: two strided convolutions.
std::int64_t ids_of(std::int64_t frames) { return ((frames + 1) / 2 + 1) / 2; }

}  // namespace

/// Lengths at which upstream does something special.
class TestEdges : public QObject {
  Q_OBJECT

  c10::InferenceMode inference_;
  s3gen::ModelWeights weights_ =
      octet::test::component_weights("tokenizer", octet::test::plan_of("all-base", Precision::fp32));

 private Q_SLOTS:
  /// What the layer table lists is computed: a module asks for each of them.
  void every_layer_is_taken_by_a_module() {
    const auto fp32 = octet::test::plan_of("all-base", Precision::fp32);
    const auto untaken = [&](const std::string& component, const auto& make, const std::string& extra) {
      auto weights = octet::test::component_weights(component, fp32);
      if (!extra.empty()) weights.layers[extra] = weights.layers.begin()->second;
      const s3gen::Scope scope(weights, component);
      make(scope);
      return scope.untaken();
    };
    const auto none = std::vector<std::string>{};
    const auto tokenizer = [](const s3gen::Scope& scope) { (void)s3gen::SpeechTokenizer(scope); };
    const auto speaker = [](const s3gen::Scope& scope) { (void)s3gen::Campplus(scope); };
    const auto flow = [](const s3gen::Scope& scope) { (void)s3gen::Flow(scope, 64); };
    const auto vocoder = [](const s3gen::Scope& scope) { (void)s3gen::Hift(scope); };
    QCOMPARE(untaken("tokenizer", tokenizer, ""), none);
    QCOMPARE(untaken("speaker_encoder", speaker, ""), none);
    QCOMPARE(untaken("flow", flow, ""), none);
    QCOMPARE(untaken("mel2wav", vocoder, ""), none);
    const std::vector<std::string> surplus{"mel2wav.resblocks.0.convs1.3"};
    QCOMPARE(untaken("mel2wav", vocoder, surplus[0]), surplus);
  }

  void the_fade_follows_upstreams_formula_data() {
    QTest::addColumn<int>("samples");
    for (const int samples : {480, 700, 959, 960, 961, 5000}) QTest::addRow("%d", samples) << samples;
  }
  void the_fade_follows_upstreams_formula() {
    QFETCH(int, samples);
    const auto wave = at::full({1, samples}, 0.5f);
    const auto faded = s3gen::fade_in(wave);
    QCOMPARE(faded.size(1), std::int64_t(samples));
    for (int i = 0; i < samples; ++i) {
      const double gain = i < 480   ? 0
                          : i < 960 ? (std::cos(std::numbers::pi * (1 - double(i - 480) / 479)) + 1) / 2
                                    : 1;
      // The angle is known to 2^-22, the sum with 1 rounds at 2^-24.
      QVERIFY2(std::abs(faded[0][i].item<double>() - 0.5 * gain) <= 3e-7, qPrintable(QString::number(i)));
    }
    QVERIFY(wave.eq(0.5).all().item<bool>());  // the input is left as it was
  }

  void the_tokenizer_gives_25_ids_a_second_data() {
    QTest::addColumn<int>("samples");
    for (const int samples : {400, 640, 16000, 16001, 16159, 16160, 16640, 480000})
      QTest::addRow("%d", samples) << samples;
  }
  void the_tokenizer_gives_25_ids_a_second() {
    QFETCH(int, samples);
    const s3gen::SpeechTokenizer tokenizer(s3gen::Scope(weights_, "tokenizer"));
    const auto ids = tokenizer(speech(samples), {});
    QCOMPARE(ids.dim(), 2);
    QCOMPARE(ids.size(1), ids_of(samples / 160));
    QVERIFY(ids.ge(0).logical_and(ids.lt(6561)).all().item<bool>());
  }

  /// Windows of 3000 frames every 2600; of the overlap each side drops 50 ids.
  void windows_are_merged_as_upstream_does() {
    const s3gen::SpeechTokenizer tokenizer(s3gen::Scope(weights_, "tokenizer"));
    const auto long_speech = speech(35 * 16000);
    const auto merged = tokenizer(long_speech, {});
    // 35 s: windows of 3000 and 900 frames, 750 and 225 ids: 750 - 50 + 225 - 50.
    QCOMPARE(merged.size(1), std::int64_t(875));
    const auto alone = tokenizer(speech(30 * 16000), {});
    // Window one, but for its end, is the first 30 s alone. The log mel is floored eight below its loudest,
    // so that a louder end could change quiet frames; here the first clip is the loudest.
    const auto same = merged.slice(1, 0, 690).eq(alone.slice(1, 0, 690)).to(at::kFloat).mean().item<float>();
    QVERIFY2(same > 0.98f, qPrintable(QString::number(same)));
    // 60 s: 750 - 50, 750 - 100, 800 frames' 200 - 50.
    QCOMPARE(tokenizer(speech(60 * 16000), {}).size(1), std::int64_t(1500));
  }

  void the_source_is_voiced_above_ten_hertz_only() {
    const auto vocoder_weights =
        octet::test::component_weights("mel2wav", octet::test::plan_of("all-base", Precision::fp32));
    const s3gen::HarmonicSource source(s3gen::Scope(vocoder_weights, "mel2wav.m_source"));
    const auto silent = at::zeros({1, 9, 480 * 4});
    const s3gen::SourceNoise none{at::zeros({1, 9, 1}), silent};
    const auto hum = source(at::tensor({0.0f, 10.0f, 10.5f, 200.0f}).unsqueeze(0), none, {});
    QCOMPARE(hum.sizes().vec(), (std::vector<std::int64_t>{1, 1, 1920}));
    const auto spread = [&](int frame) {
      return at::std(hum.slice(2, 480 * frame, 480 * (frame + 1))).item<float>();
    };
    QCOMPARE(spread(0), 0.0f);
    QCOMPARE(spread(1), 0.0f);
    QVERIFY(spread(2) > 0);
    QVERIFY(spread(3) > 0);
  }

  /// After a minute of 200 Hz, its ninth harmonic has gone through 108,000 cycles: fp32 holds those to 0.004
  /// of a cycle, 0.02 rad.
  void the_phase_does_not_drift() {
    const auto vocoder_weights =
        octet::test::component_weights("mel2wav", octet::test::plan_of("all-base", Precision::fp32));
    const s3gen::Scope scope(vocoder_weights, "mel2wav.m_source");
    constexpr std::int64_t kFrames = 3000, kSamples = 480 * kFrames, kLast = 2400;
    const auto hum = s3gen::HarmonicSource(scope)(at::full({1, kFrames}, 200.0f),
                                                  {at::zeros({1, 9, 1}), at::zeros({1, 9, kSamples})}, {});
    const auto step = (200.0f * at::arange(1, 10, at::kFloat) / 24000.0f).to(at::kDouble);
    const auto count = at::arange(kSamples - kLast + 1, kSamples + 1, at::kDouble);
    const auto sines = 0.1 * at::sin(2 * std::numbers::pi * at::remainder(at::outer(count, step), 1));
    const auto& merge = (scope / "l_linear").layer();
    const auto expected =
        at::tanh(at::linear(sines, std::get<octet::DenseWeight>(*merge.weight).values.to(at::kDouble),
                            merge.tensors.at("bias").to(at::kDouble)));
    const auto apart = at::abs(hum.flatten().slice(0, kSamples - kLast).to(at::kDouble) - expected.flatten())
                           .max()
                           .item<double>();
    QVERIFY2(apart < 2e-6, qPrintable(QString::number(apart)));
  }
};

QTEST_GUILESS_MAIN(TestEdges)
#include "test_edges.moc"
