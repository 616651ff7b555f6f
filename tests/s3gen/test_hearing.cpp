#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>

#include <QtTest>

#include "core/s3gen/campplus.h"
#include "core/s3gen/speech_tokenizer.h"
#include "tests/component_weights.h"

namespace s3gen = octet::s3gen;
using octet::Precision;

namespace {

/// A clip of the demo as 16 kHz sound: pitch does not matter here. [1, samples]
at::Tensor speech(const char* clip, std::int64_t samples) {
  const auto sound = octet::read_sound(octet::demo_voice_folder() / "clips" / clip);
  return at::tensor(sound.samples).unsqueeze(0).slice(1, 0, samples).contiguous();
}

double relative_distance(const at::Tensor& test, const at::Tensor& reference) {
  return ((test - reference).norm() / reference.norm()).item<double>();
}

/// The demo voice's tokenizer in both of its forms.
struct BothTokenizers {
  s3gen::ModelWeights weights =
      octet::test::component_weights("tokenizer", octet::test::plan_of("all-base", Precision::fp32));
  s3gen::Scope scope{weights, "tokenizer"};
  s3gen::SpeechTokenizer tokenizer{scope};
  s3gen::RowTokenizer rows{scope, s3gen::rotary_tables(s3gen::SpeechTokenizer::kWindowTokens, at::kCPU)};
};

}  // namespace

/// What GPUs compute voices and tokens with, here on the CPU, against what follows upstream.
class TestHearing : public QObject {
  Q_OBJECT

  c10::InferenceMode inference_;

 private Q_SLOTS:
  void rows_give_the_speakers_embedding_data() {
    QTest::addColumn<int>("samples");
    QTest::addColumn<QString>("preset");
    // One frame alone has no deviation. 100 frames after the first strided layer share a context.
    for (const int samples : {400 + 160 * 2, 400 + 160 * 198, 400 + 160 * 199, 400 + 160 * 200, 16000 * 4})
      for (const auto* preset : {"all-base", "all-int8"})
        QTest::addRow("%d samples, %s", samples, preset) << samples << preset;
  }
  void rows_give_the_speakers_embedding() {
    QFETCH(int, samples);
    QFETCH(QString, preset);
    const auto weights = octet::test::component_weights(
        "speaker_encoder", octet::test::plan_of(preset.toStdString(), Precision::fp32));
    const s3gen::Scope scope(weights, "speaker_encoder");
    const s3gen::Campplus speaker(scope);
    const s3gen::RowSpeaker rows(scope);
    const auto wave = speech("ref00_en_f_nora.wav", samples);
    // Norms within weights, and sums in another order, through 60 layers.
    const auto distance = relative_distance(rows(speaker.features(wave)), speaker(wave, {}));
    QVERIFY2(distance < 1e-5, qPrintable(QString::number(distance)));
  }

  void rows_give_the_tokens_data() {
    QTest::addColumn<int>("samples");
    for (const int samples : {480, 640, 800, 16000, 16000 * 4 + 160}) QTest::addRow("%d", samples) << samples;
  }
  void rows_give_the_tokens() {
    QFETCH(int, samples);
    const BothTokenizers both;
    for (const auto* clip : {"ref00_en_f_nora.wav", "ref01_en_m_kumo.flac"}) {
      const auto wave = speech(clip, samples);
      QVERIFY(at::equal(both.rows(both.tokenizer.log_mel(wave)[0]), both.tokenizer(wave, {})[0]));
    }
  }

  void numbers_that_are_none_are_no_tokens() {
    const BothTokenizers both;
    const auto mel = at::full({128, 8}, std::numeric_limits<float>::quiet_NaN());
    QVERIFY(at::equal(both.rows(mel), at::full({2}, -1, at::kLong)));
  }

  void windows_are_those_of_a_convolution_data() {
    QTest::addColumn<int>("stride");
    QTest::addColumn<int>("dilation");
    for (const int stride : {1, 2})
      for (const int dilation : {1, 2})
        QTest::addRow("%d rows apart, dilated by %d", stride, dilation) << stride << dilation;
  }
  void windows_are_those_of_a_convolution() {
    QFETCH(int, stride);
    QFETCH(int, dilation);
    const auto generator = at::detail::createCPUGenerator(3);
    const auto x = at::randn({5, 7, 4}, generator, at::kFloat);  // planes, rows, channels
    const auto weight = at::randn({6, 4, 3, 3}, generator, at::kFloat);
    const auto made = at::mm(octet::plane_windows(x, {.taps = 3, .stride = stride, .lead = 1},
                                                  {.taps = 3, .dilation = dilation, .lead = dilation}),
                             weight.flatten(1).t());
    const auto expected =
        at::conv2d(x.permute({2, 0, 1}).unsqueeze(0), weight, {}, at::IntArrayRef{stride, 1},
                   at::IntArrayRef{1, dilation}, at::IntArrayRef{1, dilation});
    const auto distance = relative_distance(made, expected[0].permute({1, 2, 0}).reshape({-1, 6}));
    QVERIFY2(distance < 1e-6, qPrintable(QString::number(distance)));
  }
};

QTEST_GUILESS_MAIN(TestHearing)
#include "test_hearing.moc"
