#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/InferenceMode.h>

#include <QtTest>
#include <numbers>

#include "core/s3gen/campplus.h"
#include "core/s3gen/flow.h"
#include "core/s3gen/hift.h"
#include "core/synthesis/host_tensors.h"
#include "tests/component_weights.h"
#include "tests/relative_distance.h"

namespace s3gen = octet::s3gen;
using octet::Precision;
using octet::test::component_weights;
using octet::test::plan_of;
using octet::test::relative_distance;

namespace {

double distance(const at::Tensor& test, const at::Tensor& reference) {
  return ((test.to(at::kDouble) - reference.to(at::kDouble)).norm() / reference.to(at::kDouble).norm())
      .item<double>();
}

const octet::Engine& engine() {
  static const octet::Engine made(octet::test::demo_checkpoint(), {});
  return made;
}

octet::Synthesis speak(const octet::PrecisionPlan& plan, octet::SynthesisRequest request) {
  request.keep_stages = true;
  return engine().synthesize(*engine().bind(plan), request, {});
}

/// A second of real speech in fp32, with all of its stages.
const octet::Synthesis& exact() {
  static const auto made = speak(plan_of("all-base", Precision::fp32), octet::test::spoken(25, 4));
  return made;
}

at::Tensor stage(const octet::Synthesis& synthesis, const std::string& name) {
  return octet::to_torch(synthesis.stages.at(name));
}

QByteArray figure(double value) { return QByteArray::number(value, 'g', 4); }

}  // namespace

/// What upstream loses when all of it is cast to bf16, one by one. Half a unit of bf16 is 2^-9, 0.2 %.
class TestPrecision : public QObject {
  Q_OBJECT

  c10::InferenceMode inference_;

 private Q_SLOTS:
  void the_time_grid_is_exact() {
    for (const int steps : {1, 2, 10, 50})
      for (const bool meanflow : {false, true}) {
        const auto grid = s3gen::time_grid(steps, meanflow);
        QVERIFY(grid.scalar_type() == at::kFloat);
        QCOMPARE(grid.numel(), std::int64_t(steps + 1));
        for (int i = 0; i <= steps; ++i) {
          const double t = double(i) / steps;
          const double expected = meanflow ? t : 1 - std::cos(t * std::numbers::pi / 2);
          // linspace, product, cosine and difference each round at most once at 1: 2^-24 apiece.
          QVERIFY2(std::abs(grid[i].item<double>() - expected) <= 4 * std::ldexp(1.0, -24),
                   figure(grid[i].item<double>()));
        }
      }
  }

  void the_time_embedding_is_exact() {
    constexpr std::int64_t kWidth = 320;
    const auto times = s3gen::time_grid(10, false);
    const auto embedded = s3gen::sinusoidal_embedding(times, kWidth);
    QVERIFY(embedded.scalar_type() == at::kFloat);
    double worst = 0, worst_in_bf16 = 0;
    const auto rounded = s3gen::sinusoidal_embedding(times.to(at::kBFloat16).to(at::kFloat), kWidth);
    for (std::int64_t i = 0; i < times.numel(); ++i)
      for (std::int64_t k = 0; k < kWidth / 2; ++k) {
        const double angle =
            1000.0 * times[i].item<float>() * std::exp(-std::log(10000.0) * double(k) / (kWidth / 2.0 - 1));
        const auto apart = [&](const at::Tensor& e) {
          return std::max(std::abs(e[i][k].item<double>() - std::sin(angle)),
                          std::abs(e[i][k + kWidth / 2].item<double>() - std::cos(angle)));
        };
        worst = std::max(worst, apart(embedded));
        worst_in_bf16 = std::max(worst_in_bf16, apart(rounded));
      }
    // Angles reach 1000, where fp32's half unit is 2^-15 = 3e-5; three roundings and that of the frequency's
    // exponent (9.2 at 2^-24, times 1000) make up to 4e-4.
    QVERIFY2(worst <= 4e-4, figure(worst));
    QVERIFY2(worst_in_bf16 > 0.3, figure(worst_in_bf16));  // what is avoided
  }

  /// The estimator under bf16 must see the time in fp32: of two times that are one number in bf16, it must
  /// make two.
  void a_bf16_estimator_tells_times_apart_that_bf16_cannot() {
    const auto weights = component_weights("flow", plan_of("all-base", Precision::bf16));
    const s3gen::Estimator estimator(s3gen::Scope(weights, "flow.decoder.estimator"), 64);
    const auto generator = at::detail::createCPUGenerator(3);
    const auto draw = [&](at::IntArrayRef shape) { return at::randn(shape, generator, at::kFloat); };
    const auto x = draw({1, 80, 40}), mu = draw({1, 80, 40}), speaker = draw({1, 80}),
               condition = draw({1, 80, 40});
    const auto at_time = [&](float t) {
      return estimator(x, mu, speaker, condition, at::tensor({t}), at::tensor({t}), {});
    };
    const float early = 0.5f, late = 0.5009f;
    QVERIFY(at::tensor(early).to(at::kBFloat16).item<float>() ==
            at::tensor(late).to(at::kBFloat16).item<float>());
    const auto first = at_time(early), second = at_time(late);
    QVERIFY(first.scalar_type() == at::kFloat);

    QVERIFY2(!at::equal(first, second), "the time was rounded to bf16");
  }

  void the_state_of_the_flow_is_exact() {
    // Were x kept in bf16, every value of it would be one of bf16.
    const auto bf16 = speak(plan_of("all-base", Precision::bf16), octet::test::spoken(25, 4));
    for (const auto* name : {"mel_step_1", "mel_step_4", "mel", "f0", "source", "waveform"}) {
      const auto kept = stage(bf16, name);
      const auto in_bf16 = kept.to(at::kBFloat16).to(at::kFloat);
      QVERIFY2((kept != in_bf16).to(at::kFloat).mean().item<float>() > 0.5f, name);
    }
    QVERIFY2(distance(stage(bf16, "mel"), stage(exact(), "mel")) < 0.05,
             figure(distance(stage(bf16, "mel"), stage(exact(), "mel"))));
  }

  void every_id_survives_a_bf16_base() {
    const auto vocabulary = engine().vocabulary();
    QCOMPARE(vocabulary, std::int64_t(6561));
    const auto ids = at::arange(vocabulary, at::kLong);
    const auto weights = component_weights("flow", plan_of("all-base", Precision::bf16));
    const auto& table = (s3gen::Scope(weights, "flow") / "input_embedding").layer().weight.value();
    const auto exact_weights = component_weights("flow", plan_of("all-base", Precision::fp32));
    const auto& exact_table =
        (s3gen::Scope(exact_weights, "flow") / "input_embedding").layer().weight.value();
    const auto rows = (*octet::prepare_embedding(table, at::kBFloat16))(ids, {});
    const auto expected = std::get<octet::DenseWeight>(exact_table).values.to(at::kBFloat16);
    QVERIFY(at::equal(rows, expected));
    QVERIFY(ids.to(at::kBFloat16).to(at::kLong).ne(ids).any().item<bool>());  // what is avoided

    // Through the engine: all ids as prompt, then read back.
    auto request = octet::test::spoken(4);
    request.tokens = {6560, 257, 4099, 6559};
    request.voice.prompt_token = {6558, 513, 2051};
    request.voice.prompt_feat.resize(6 * 80);
    const auto made = speak(plan_of("all-base", Precision::bf16), request);
    QVERIFY((std::get<std::vector<std::int64_t>>(made.stages.at("prompt_token").values) ==
             request.voice.prompt_token));
    QVERIFY((std::get<std::vector<std::int64_t>>(made.stages.at("speech_tokens").values) == request.tokens));
    // 6560 and 6559 are one number in bf16: the encoder must tell them apart.
    auto other = request;
    other.tokens.front() = 6559;
    QVERIFY(octet::test::stage_floats(speak(plan_of("all-base", Precision::bf16), other), "encoder_out") !=
            octet::test::stage_floats(made, "encoder_out"));
  }

  void a_bf16_voice_has_the_same_ids_and_mel_and_a_close_embedding() {
    const auto clip = octet::read_sound(octet::demo_voice_folder() / "clips" / "ref00_en_f_nora.wav");
    const auto voice = [&](Precision base) {
      return engine().condition(*engine().bind(plan_of("all-base", base)), clip, {});
    };
    const auto fp32 = voice(Precision::fp32);
    for (const auto base : {Precision::bf16, Precision::fp16}) {
      const auto half = voice(base);
      QVERIFY(half.prompt_token == fp32.prompt_token);
      QVERIFY(half.prompt_feat == fp32.prompt_feat);
      const double apart = relative_distance(half.embedding, fp32.embedding);
      qInfo("speaker embedding in %s: %.4f", std::string(octet::to_string(base)).c_str(), apart);
      // Some forty layers that each round to bf16 (0.2 %), errors adding as a random walk: 1.3 %; a bf16
      // filterbank would lose the quiet bands and be off by tens of per cent. fp16 rounds eight times finer.
      QVERIFY2(apart > 0 && apart < (base == Precision::bf16 ? 0.05 : 0.01), figure(apart));
    }
  }

  /// A second of each demo clip: how much a rounding is heard differs by voice.
  void a_bf16_vocoder_stays_close_at_the_same_source() {
    struct Vocoder {
      explicit Vocoder(const octet::PrecisionPlan& plan) : weights(component_weights("mel2wav", plan)) {}
      const s3gen::ModelWeights weights;
      const s3gen::Hift hift{s3gen::Scope(weights, "mel2wav")};
    };
    const Vocoder fp32(plan_of("all-base", Precision::fp32)), bf16(plan_of("all-base", Precision::bf16)),
        fp16(plan_of("all-base", Precision::fp16)), seed(plan_of("seed", Precision::bf16));
    QVERIFY(bf16.weights.activations == at::kBFloat16);
    std::ifstream clips(octet::demo_voice_folder() / "clips" / "clips.json");
    double worst_bf16 = 0, worst_fp16 = 0, worst_seed = 0;
    for (const auto& clip : nlohmann::json::parse(clips)) {
      auto request = octet::test::spoken(0, 2);
      request.tokens = clip.at("tokens").get<std::vector<std::int64_t>>();
      request.tokens.resize(25);
      const auto made = speak(plan_of("all-base", Precision::fp32), request);
      const auto mel = stage(made, "mel"), source = stage(made, "source");
      const auto decode = [&](const Vocoder& vocoder) {
        return vocoder.hift.decode(mel, source, {}, [](double) {});
      };
      const auto exact = decode(fp32);
      QVERIFY(at::equal(s3gen::fade_in(exact), stage(made, "waveform")));
      worst_bf16 = std::max(worst_bf16, distance(decode(bf16), exact));
      worst_fp16 = std::max(worst_fp16, distance(decode(fp16), exact));
      worst_seed = std::max(worst_seed, distance(decode(seed), exact));
    }
    qInfo("vocoder against fp32, worst clip: bf16 %.4f, fp16 %.4f, seed plan %.4f", worst_bf16, worst_fp16,
          worst_seed);
    QVERIFY2(worst_bf16 > 0 && worst_bf16 <= 0.02, figure(worst_bf16));
    // Rounded eight times finer.
    QVERIFY2(worst_fp16 > 0 && worst_fp16 <= 0.02 / 8, figure(worst_fp16));
    // int8 steps are up to a hundred and twenty-seventh of a channel's largest weight, about twice bf16's.
    QVERIFY2(worst_seed > worst_bf16 && worst_seed <= 0.06, figure(worst_seed));
  }

  void the_source_is_exact_in_every_plan() {
    const auto mel = stage(exact(), "mel"), f0 = stage(exact(), "f0");
    const auto generator = at::detail::createCPUGenerator(5);
    const s3gen::SourceNoise noise{at::randn({1, 9, 1}, generator, at::kFloat),
                                   at::randn({1, 9, 480 * f0.size(1)}, generator, at::kFloat)};
    const auto source_of = [&](const octet::PrecisionPlan& plan, const at::Tensor& pitch) {
      const auto weights = component_weights("mel2wav", plan);
      return s3gen::Hift(s3gen::Scope(weights, "mel2wav")).source(pitch, noise, {});
    };
    const auto f0_of = [&](const octet::PrecisionPlan& plan) {
      const auto weights = component_weights("mel2wav", plan);
      return s3gen::Hift(s3gen::Scope(weights, "mel2wav")).f0(mel, {});
    };
    const auto expected = source_of(plan_of("all-base", Precision::fp32), f0);
    QVERIFY(expected.scalar_type() == at::kFloat);
    for (const auto base : {Precision::bf16, Precision::fp16}) {
      QVERIFY(at::equal(source_of(plan_of("all-base", base), f0), expected));
      QVERIFY(at::equal(source_of(plan_of("seed", base), f0), expected));
      // f0's activations are fp32: it is off by its weights' rounding alone, far below what bf16 activations
      // add.
      const auto pitch = f0_of(plan_of("all-base", base));
      QVERIFY(pitch.scalar_type() == at::kFloat);
      const auto rounded_weights = distance(pitch, f0);
      QVERIFY2(rounded_weights < 0.01, figure(rounded_weights));
      QVERIFY((pitch != pitch.to(base == Precision::bf16 ? at::kBFloat16 : at::kHalf).to(at::kFloat))
                  .to(at::kFloat)
                  .mean()
                  .item<float>() > 0.5f);
    }
  }

  void every_base_and_preset_speaks_finitely() {
    for (const auto base : {Precision::fp32, Precision::bf16, Precision::fp16})
      for (const auto& name : octet::preset_names()) {
        const auto made = speak(plan_of(name, base), octet::test::spoken(10, 2));
        for (const auto& [stage_name, tensor] : made.stages)
          if (const auto* values = std::get_if<std::vector<float>>(&tensor.values))
            QVERIFY2(std::ranges::all_of(*values, [](float v) { return std::isfinite(v); }),
                     (name + " " + stage_name).c_str());
        QVERIFY(std::ranges::any_of(made.waveform, [](float v) { return std::abs(v) > 1e-3f; }));
      }
  }

  void snake_with_a_vanishing_alpha_stays_finite() {
    for (const auto stored : {at::kFloat, at::kBFloat16, at::kHalf}) {
      s3gen::LayerWeights layer;
      // In fp16 1e-9 is 0, and so would be the 1e-9 that guards the division.
      layer.tensors["alpha"] = at::tensor({0.0f, 1e-9f, 2.0f}).to(stored);
      s3gen::ModelWeights weights;
      weights.layers["snake"] = std::make_shared<const s3gen::LayerWeights>(layer);
      const s3gen::Snake snake(s3gen::Scope(weights, "snake"));
      const auto x = at::tensor({-100.0f, -0.25f, 0.0f, 0.25f, 100.0f}).expand({1, 3, 5}).to(stored);
      const auto y = snake(x, {});
      QVERIFY(y.scalar_type() == stored);
      QVERIFY(at::isfinite(y).all().item<bool>());
      QVERIFY(at::equal(y.select(1, 0), x.select(1, 0)));  // alpha 0: the identity
      const auto expected =
          x.select(1, 2).to(at::kDouble) + at::sin(x.select(1, 2).to(at::kDouble) * 2).square() / 2;
      QVERIFY(distance(y.select(1, 2), expected) < (stored == at::kFloat ? 1e-6 : 4e-3));
    }
  }
};

QTEST_GUILESS_MAIN(TestPrecision)
#include "test_precision.moc"
