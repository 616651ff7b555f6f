// Sound that is made part by part, against the same made whole.

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>

#include <QtTest>

#include "core/s3gen/hift.h"
#include "core/s3gen/upsample_encoder.h"
#include "tests/component_weights.h"

namespace s3gen = octet::s3gen;
using octet::Precision;

namespace {

constexpr std::int64_t kWhole = 1 << 20;

double distance(const at::Tensor& test, const at::Tensor& reference) {
  return ((test - reference).norm() / reference.norm()).item<double>();
}

/// A melody with pauses, Hz. [1, frames]
at::Tensor melody(std::int64_t frames) {
  const auto time = at::arange(frames, at::kFloat);
  return ((120 + 60 * at::sin(0.05 * time)) * (at::sin(0.021 * time) > -0.7)).unsqueeze(0);
}

}  // namespace

class TestLongSound : public QObject {
  Q_OBJECT

  c10::InferenceMode inference_;

  static at::Tensor normal(at::IntArrayRef sizes, std::uint64_t seed) {
    return at::randn(sizes, at::detail::createCPUGenerator(seed), at::kFloat);
  }
  static s3gen::SourceNoise noise(std::int64_t waves, std::int64_t frames) {
    return {normal({1, waves, 1}, 1), normal({1, waves, frames * s3gen::kHop}, 2)};
  }

 private Q_SLOTS:
  /// The sum of cycles goes on where it was, in fp64 and in the same order: sines are the same to the bit.
  /// The product that merges them may sum otherwise at a part's end.
  void a_source_made_in_parts_is_the_whole_one() {
    const auto weights =
        octet::test::component_weights("mel2wav", octet::test::plan_of("all-base", Precision::fp32));
    const s3gen::HarmonicSource source(s3gen::Scope(weights, "mel2wav") / "m_source");
    const auto f0 = melody(403);
    const auto drawn = noise(source.waves(), 403);
    const auto whole = source(f0, drawn, {}, kWhole);
    for (const std::int64_t at_once : {1, 100, 402}) {
      const auto parts = source(f0, drawn, {}, at_once);
      QVERIFY(parts.sizes() == whole.sizes());
      const auto apart = distance(parts, whole);
      QVERIFY2(apart < 1e-7, qPrintable(QString::number(apart)));
    }
    // Were the phase begun anew, the sines would be others.
    const s3gen::SourceNoise rest{drawn.phase, drawn.noise.slice(2, 137 * s3gen::kHop)};
    const auto anew = distance(source(f0.slice(1, 137), rest, {}), whole.slice(2, 137 * s3gen::kHop));
    QVERIFY2(anew > 1e-4, qPrintable(QString::number(anew)));
  }

  /// Some queries at a time, or some heads.
  void attention_in_parts_is_the_whole_one() {
    const auto weights =
        octet::test::component_weights("flow", octet::test::plan_of("all-base", Precision::fp32));
    const auto scope = s3gen::Scope(weights, "flow") / "encoder";
    const s3gen::UpsampleEncoder whole(scope);
    const auto width = octet::s3gen::out_channels(scope / "embed" / "out" / 0);
    const auto x = normal({2, 21, width}, 6);
    const auto positions = whole.positions(21, at::kFloat);
    for (const auto& lengths : {at::Tensor(), at::tensor({21, 8}, at::kInt)}) {
      const octet::Run run{.lengths = lengths};
      const auto expected = whole(x, positions, run);
      for (const std::int64_t at_once : {1, 2 * 42 * 9, 2 * 2 * 42 * 42}) {
        const auto apart = distance(s3gen::UpsampleEncoder(scope, at_once)(x, positions, run), expected);
        QVERIFY2(apart < 1e-6, qPrintable(QString("%1: %2").arg(at_once).arg(apart)));
      }
    }
  }

  void a_waveform_made_in_windows_is_the_whole_one_data() {
    QTest::addColumn<octet::PrecisionPlan>("plan");
    QTest::newRow("fp32") << octet::test::plan_of("all-base", Precision::fp32);
    QTest::newRow("bf16") << octet::test::plan_of("all-base", Precision::bf16);
    QTest::newRow("int8") << octet::test::plan_of("vocoder-only", Precision::fp32);
  }
  void a_waveform_made_in_windows_is_the_whole_one() {
    QFETCH(octet::PrecisionPlan, plan);
    const auto weights = octet::test::component_weights("mel2wav", plan);
    const s3gen::Hift vocoder(s3gen::Scope(weights, "mel2wav"));
    const auto smallest = 4 * vocoder.reach();
    const auto frames = 3 * smallest + 5;
    const auto mel = normal({1, 80, frames}, 3) - 5;
    const auto source = vocoder.source(melody(frames), noise(vocoder.waves(), frames), {});
    const auto whole = vocoder.decode(
        mel, source, {}, [](double) {}, kWhole);
    for (const auto at_once : {std::int64_t{0}, smallest + 1, frames - 1}) {
      std::vector<double> shares;
      const auto made = vocoder.decode(
          mel, source, {}, [&](double share) { shares.push_back(share); }, at_once);
      QVERIFY(made.sizes() == whole.sizes());
      QVERIFY(shares.size() > 9);  // of more than one window
      QVERIFY(std::ranges::is_sorted(shares, std::ranges::less_equal()));
      QVERIFY(shares.front() == 0 && shares.back() > 0.9 && shares.back() < 1);
      // Sums of another order where a window ends elsewhere in the registers.
      const auto apart = distance(made, whole);
      QVERIFY2(apart < 1e-5, qPrintable(QString::number(apart)));
      const auto worst = (made - whole).abs().max().item<double>();
      QVERIFY2(worst < 1e-4, qPrintable(QString::number(worst)));
    }
  }

  /// What a sample hears lies within the reach, and near its end.
  void the_reach_is_what_a_sample_hears() {
    const auto weights =
        octet::test::component_weights("mel2wav", octet::test::plan_of("all-base", Precision::fp32));
    const s3gen::Hift vocoder(s3gen::Scope(weights, "mel2wav"));
    const auto frames = 4 * vocoder.reach() + 1, middle = frames / 2;
    const auto mel = normal({1, 80, frames}, 3) - 5;
    const auto source = vocoder.source(melody(frames), noise(vocoder.waves(), frames), {});
    const auto before = vocoder.decode(mel, source, {}, [](double) {});
    auto other_mel = mel.clone();
    other_mel.select(2, middle) += 3;
    auto other_source = source.clone();
    other_source.slice(2, middle * s3gen::kHop, (middle + 1) * s3gen::kHop) += 0.5;
    const auto changed = (vocoder.decode(other_mel, other_source, {}, [](double) {}) - before)
                             .abs()[0]
                             .view({-1, s3gen::kHop})
                             .amax(1) > 0;
    for (std::int64_t frame = 0; frame < frames; ++frame)
      if (std::abs(frame - middle) > vocoder.reach()) QVERIFY(!changed[frame].item<bool>());
    const auto farthest = changed.nonzero().max().item<std::int64_t>() - middle;
    QVERIFY2(farthest >= vocoder.reach() - 4,
             qPrintable(QString("%1 of %2").arg(farthest).arg(vocoder.reach())));
  }
};

QTEST_GUILESS_MAIN(TestLongSound)
#include "test_long_sound.moc"
