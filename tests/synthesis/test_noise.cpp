#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <QtTest>
#include <numbers>

#include "core/synthesis/host_tensors.h"
#include "core/synthesis/noise.h"
#include "tests/demo_voice.h"

using octet::Precision;

namespace {

constexpr std::int64_t kFrames = 30, kTokens = 10, kSamples = 9600, kWaves = 9;

constexpr auto kGenerators = {octet::NoiseGenerator::counted, octet::NoiseGenerator::torch};

octet::Noise draw(std::uint64_t seed, octet::NoiseGenerator generator, bool meanflow,
                  const octet::InjectedNoise& injected = {}) {
  return octet::draw_noise(seed, generator,
                           {.frames = kFrames,
                            .output_tokens = kTokens,
                            .samples = kSamples,
                            .waves = kWaves,
                            .meanflow = meanflow},
                           injected, at::kCPU);
}

}  // namespace

class TestNoise : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  /// After torch.manual_seed on the CPU upstream draws: noised_mels (meanflow), z, phase, sine noise.
  void torchs_generator_draws_what_upstream_draws() {
    for (const std::uint64_t seed : {0ull, 42ull, 0xffffffffffull})
      for (const bool meanflow : {false, true}) {
        at::manual_seed(seed);
        const auto tail = meanflow ? at::randn({1, 80, 2 * kTokens}) : at::Tensor();
        const auto z = at::randn({1, 80, kFrames});
        const auto phase = at::rand({1, kWaves, 1}) * (2 * std::numbers::pi) - std::numbers::pi;
        const auto sine_noise = at::randn({1, kWaves, kSamples});
        const auto drawn = draw(seed, octet::NoiseGenerator::torch, meanflow);
        QCOMPARE(drawn.flow.get().tail.defined(), meanflow);
        if (meanflow) QVERIFY(at::equal(drawn.flow.get().tail, tail));
        QVERIFY(at::equal(drawn.flow.get().noise, z));
        QVERIFY(at::abs(drawn.source.get().phase - phase).max().item<float>() <=
                5e-7f);  // upstream's uniform rounds once more
        QVERIFY(at::equal(drawn.source.get().noise, sine_noise));
      }
  }

  void drawing_leaves_the_global_generator_alone() {
    at::manual_seed(1);
    const auto expected = at::randn({4});
    at::manual_seed(1);
    for (const auto generator : kGenerators) {
      const auto drawn = draw(7, generator, true);
      drawn.source.wait();
    }
    QVERIFY(at::equal(at::randn({4}), expected));
  }

  /// By which parts of a synthesis, batches and GPUs draw: frames count from the prompt's first, samples from
  /// the output's.
  void counted_noise_belongs_to_its_place() {
    const auto drawn = draw(5, octet::NoiseGenerator::counted, true);
    const auto longer = octet::draw_noise(5, octet::NoiseGenerator::counted,
                                          {.frames = kFrames + 7,
                                           .output_tokens = kTokens + 3,
                                           .samples = kSamples + 1441,
                                           .waves = kWaves,
                                           .meanflow = false},
                                          {}, at::kCPU);
    QVERIFY(!longer.flow.get().tail.defined());
    QVERIFY(at::equal(longer.flow.get().noise.slice(2, 0, kFrames), drawn.flow.get().noise));
    QVERIFY(at::equal(longer.source.get().phase, drawn.source.get().phase));
    QVERIFY(at::equal(longer.source.get().noise.slice(2, 0, kSamples), drawn.source.get().noise));
    // No draw repeats another, nor a row another row.
    const auto bands = at::cat({drawn.flow.get().noise.slice(2, 0, 2 * kTokens), drawn.flow.get().tail,
                                drawn.source.get().noise.slice(2, 0, 2 * kTokens)},
                               1)
                           .squeeze(0);
    const auto equal_rows = (bands.unsqueeze(0) == bands.unsqueeze(1)).all(2).sum().item<std::int64_t>();
    QCOMPARE(equal_rows, bands.size(0));
    const auto& phase = drawn.source.get().phase;
    QVERIFY((phase >= -std::numbers::pi).all().item<bool>() && (phase < std::numbers::pi).all().item<bool>());
    QVERIFY(!at::equal(draw(6, octet::NoiseGenerator::counted, true).source.get().phase, phase));
  }

  void an_injected_tensor_moves_no_other_data() {
    QTest::addColumn<bool>("of_torch");
    QTest::newRow("counted") << false;
    QTest::newRow("torch") << true;
  }
  void an_injected_tensor_moves_no_other() {
    QFETCH(bool, of_torch);
    const auto generator = of_torch ? octet::NoiseGenerator::torch : octet::NoiseGenerator::counted;
    const auto drawn = draw(3, generator, true);
    for (const auto* name : {"noised_mels", "cfm_noise", "sine_phase", "sine_noise"}) {
      const std::map<std::string, at::Tensor> parts{{"noised_mels", drawn.flow.get().tail},
                                                    {"cfm_noise", drawn.flow.get().noise},
                                                    {"sine_phase", drawn.source.get().phase},
                                                    {"sine_noise", drawn.source.get().noise}};
      const octet::InjectedNoise injected{{name, octet::to_host(parts.at(name) * 0.5)}};
      const auto mixed = draw(3, generator, true, injected);
      const std::map<std::string, at::Tensor> got{{"noised_mels", mixed.flow.get().tail},
                                                  {"cfm_noise", mixed.flow.get().noise},
                                                  {"sine_phase", mixed.source.get().phase},
                                                  {"sine_noise", mixed.source.get().noise}};
      for (const auto& [other, tensor] : got)
        QVERIFY2(at::equal(tensor, other == name ? parts.at(other) * 0.5 : parts.at(other)), other.c_str());
    }
  }

  /// So A and B differ by the plan alone.
  void the_noise_a_seed_gives_can_be_injected_into_any_plan() {
    const octet::Engine engine(octet::test::demo_checkpoint(), {});
    auto request = octet::test::spoken(10, 2);
    const auto tokens = static_cast<std::int64_t>(request.voice.prompt_token.size()) + 10;
    const auto prompt = static_cast<std::int64_t>(request.voice.prompt_feat.size()) / 80;
    request.seed = 11;
    for (const auto* name : {"all-base", "seed"}) {
      const auto model = engine.bind(octet::test::plan_of(name, Precision::bf16));
      request.noise.clear();
      const auto drawn = engine.synthesize(*model, request, {});
      const auto noise = octet::draw_noise(
          11, request.generator,
          {.frames = 2 * tokens, .output_tokens = 10, .samples = (2 * tokens - prompt) * 480, .waves = 9}, {},
          at::kCPU);
      auto injected = request;
      injected.seed = 12;
      injected.generator = octet::NoiseGenerator::torch;
      injected.noise = {{"cfm_noise", octet::to_host(noise.flow.get().noise)},
                        {"sine_phase", octet::to_host(noise.source.get().phase)},
                        {"sine_noise", octet::to_host(noise.source.get().noise)}};
      QVERIFY2(engine.synthesize(*model, injected, {}).waveform == drawn.waveform, name);
    }
  }
};

QTEST_GUILESS_MAIN(TestNoise)
#include "test_noise.moc"
