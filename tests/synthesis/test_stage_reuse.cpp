// What an engine computes anew and what it takes from its stage cache.

#include <QtTest>
#include <array>
#include <atomic>
#include <thread>

#include "core/plan/edit.h"
#include "core/synthesis/stage_keys.h"
#include "core/synthesis/toggle_benchmark.h"
#include "core/synthesis/weight_store.h"
#include "tests/demo_voice.h"

using octet::Precision;
using octet::SynthesisRequest;
using octet::test::plan_of;
using octet::test::spoken;

namespace {

constexpr std::uint64_t kPlenty = 256'000'000;

octet::Synthesis speak(const octet::Engine& engine, const octet::PrecisionPlan& plan,
                       const SynthesisRequest& request) {
  return engine.synthesize(*engine.bind(plan), request, {});
}

octet::PrecisionPlan with_int8(octet::PrecisionPlan plan, const std::string& layer) {
  plan.layers[layer] = {.precision = Precision::int8};
  return plan;
}

/// Stages of `synthesis` that came from the cache, in order.
QByteArray reused(const octet::Synthesis& synthesis) {
  QByteArrayList names;
  for (const auto& cost : synthesis.costs)
    if (cost.reused) names << QByteArray::fromStdString(cost.stage);
  return names.join(' ');
}

SynthesisRequest request() {
  auto made = spoken(10, 2);
  made.voice.prompt_token.resize(10);
  made.voice.prompt_feat.resize(std::size_t(20) * 80);
  made.keep_stages = true;
  return made;
}

octet::PrecisionPlan base() { return plan_of("all-base", Precision::bf16); }

/// An int8 recipe, and for each of its fields one that differs in it alone.
std::vector<octet::Recipe> recipes() {
  const octet::Recipe int8{.storage = Precision::int8, .base = Precision::bf16};
  // A new field does not compile here, and belongs below.
  [[maybe_unused]] const auto& [storage, base_type, method, options] = int8;
  std::vector<octet::Recipe> all(5, int8);
  all[1].storage = Precision::bf16;
  all[2].base = Precision::fp32;
  all[3].method = octet::Method::gptq;
  all[4].options = R"({"block":128})";
  return all;
}

bool same(const octet::Synthesis& a, const octet::Synthesis& b) {
  if (a.waveform != b.waveform || a.mel != b.mel || a.stages.size() != b.stages.size()) return false;
  return std::ranges::equal(a.stages, b.stages, [](const auto& one, const auto& other) {
    return one.first == other.first && one.second.shape == other.second.shape &&
           one.second.values == other.second.values;
  });
}

}  // namespace

class TestStageReuse : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void what_lies_before_a_changed_layer_is_reused_data() {
    QTest::addColumn<QByteArray>("layer");
    QTest::addColumn<QByteArray>("stages");
    const auto row = [](const char* layer, const char* stages) {
      QTest::newRow(layer) << QByteArray(layer) << QByteArray(stages);
    };
    row("mel2wav.resblocks.3.convs1.1", "encoder flow source");
    row("mel2wav.ups.0", "encoder flow source");
    row("mel2wav.f0_predictor.condnet.2", "encoder flow");
    row("flow.decoder.estimator.mid_blocks.0.1.0.ff.net.0.proj", "encoder");
    row("flow.encoder.up_layer.conv", "");
  }
  void what_lies_before_a_changed_layer_is_reused() {
    QFETCH(QByteArray, layer);
    QFETCH(QByteArray, stages);
    const octet::Engine caching(octet::test::demo_checkpoint(), {}, kPlenty);
    const octet::Engine plain(octet::test::demo_checkpoint(), {});
    const auto toggled = with_int8(base(), layer.toStdString());
    QCOMPARE(reused(speak(caching, base(), request())), QByteArray());
    const auto b = speak(caching, toggled, request());
    QCOMPARE(reused(b), stages);
    QVERIFY(same(b, speak(plain, toggled, request())));
    // And back: all of A is still there.
    const auto a = speak(caching, base(), request());
    QCOMPARE(reused(a), QByteArray("encoder flow source vocoder"));
    QVERIFY(same(a, speak(plain, base(), request())));
    QVERIFY(a.waveform != b.waveform);
  }

  /// What is timed is a first click: each round speaks what was not spoken before, and the layer's weight is
  /// made anew; a layer that is int8 goes to the base.
  void timed_toggles_are_first_ones() {
    const octet::Engine engine(octet::test::demo_checkpoint(), {}, kPlenty);
    const auto& layers = engine.checkpoint().layers();
    const auto all = octet::layers_to_toggle(layers);
    const std::vector<std::vector<std::string>> reused{
        {}, {"encoder"}, {"encoder", "flow"}, {"encoder", "flow", "source"}};
    QCOMPARE(all.size(), reused.size());
    const octet::BenchmarkRequest request{.seconds = 0.2, .prompt_seconds = 0.4, .steps = 1, .rounds = 2};
    const auto plan = octet::resolve(with_int8(base(), all[1]), layers);
    const auto timings = octet::benchmark_toggles(engine, plan, all, request, {});
    for (std::size_t i = 0; i < all.size(); ++i) {
      const auto& toggle = timings.toggles.at(i);
      QCOMPARE(toggle.layer, all[i]);
      QCOMPARE(toggle.from, std::string(i == 1 ? "int8" : "bf16"));
      QCOMPARE(toggle.to, std::string(i == 1 ? "bf16" : "int8"));
      QVERIFY(toggle.reused == reused[i]);
      QVERIFY(toggle.binding.min > 0 && toggle.binding.max < toggle.seconds.max);
      QVERIFY(toggle.seconds.min <= toggle.seconds.median && toggle.seconds.median <= toggle.seconds.max);
      QVERIFY(toggle.ratio > 0);
    }
    QVERIFY_THROWS_EXCEPTION(octet::Error, octet::benchmark_toggles(engine, plan, {"no.layer"}, request, {}));
    QVERIFY_THROWS_EXCEPTION(octet::Error,  // protected
                             octet::benchmark_toggles(engine, plan, {"mel2wav.conv_post"}, request, {}));
  }

  void toggling_a_vocoder_layer_reuses_the_mel() {
    const octet::Engine engine(octet::test::demo_checkpoint(), {}, kPlenty);
    int steps = 0;
    const octet::JobControl counting{{}, [&](const octet::Progress& progress) {
                                       steps += progress.stage == "flow" && progress.total == 2;
                                     }};
    const auto a = engine.synthesize(*engine.bind(base()), request(), counting);
    QCOMPARE(steps, 3);  // begin and two steps
    const auto toggled = with_int8(base(), "mel2wav.resblocks.3.convs1.1");
    const auto b = engine.synthesize(*engine.bind(toggled), request(), counting);
    QCOMPARE(steps, 3);
    QVERIFY(a.mel == b.mel);
    QVERIFY(a.waveform != b.waveform);
  }

  void another_request_is_computed_anew_data() {
    QTest::addColumn<SynthesisRequest>("other");
    QTest::addColumn<QByteArray>("stages");
    const auto row = [](const char* name, const char* stages, const auto& change) {
      auto other = request();
      change(other);
      QTest::newRow(name) << other << QByteArray(stages);
    };
    row("seed", "encoder", [](auto& r) { r.seed = 1; });
    row("generator", "encoder", [](auto& r) { r.generator = octet::NoiseGenerator::torch; });
    row("steps", "encoder", [](auto& r) { r.steps = 1; });
    row("token", "", [](auto& r) { r.tokens[3] ^= 1; });
    row("prompt token", "", [](auto& r) { r.voice.prompt_token[3] ^= 1; });
    row("prompt mel", "encoder", [](auto& r) { r.voice.prompt_feat[3] += 0.5f; });
    row("embedding", "encoder", [](auto& r) { r.voice.embedding[3] += 0.5f; });
    row("flow noise", "encoder", [](auto& r) {
      const auto frames = std::int64_t(2 * (r.voice.prompt_token.size() + r.tokens.size()));
      r.noise["cfm_noise"] = {{1, 80, frames}, std::vector<float>(std::size_t(80 * frames), 0.1f)};
    });
    row("phase", "encoder flow", [](auto& r) {
      r.noise["sine_phase"] = {{1, 9, 1}, std::vector<float>(9, 1.0f)};
    });
    row("source", "encoder flow", [](auto& r) {
      const auto samples = 480 * std::int64_t(2 * (r.voice.prompt_token.size() + r.tokens.size()) -
                                              r.voice.prompt_feat.size() / 80);
      r.noise["source"] = {{1, 1, samples}, std::vector<float>(std::size_t(samples), 0.01f)};
    });
  }
  void another_request_is_computed_anew() {
    QFETCH(SynthesisRequest, other);
    QFETCH(QByteArray, stages);
    const octet::Engine caching(octet::test::demo_checkpoint(), {}, kPlenty);
    const auto first = speak(caching, base(), request());
    const auto second = speak(caching, base(), other);
    QCOMPARE(reused(second), stages);
    QVERIFY(second.waveform != first.waveform);
    const octet::Engine plain(octet::test::demo_checkpoint(), {});
    QVERIFY(same(second, speak(plain, base(), other)));
  }

  void another_base_is_computed_anew() {
    const octet::Engine engine(octet::test::demo_checkpoint(), {}, kPlenty);
    (void)speak(engine, base(), request());
    QCOMPARE(reused(speak(engine, plan_of("all-base", Precision::fp32), request())), QByteArray());
    // Every layer in fp32, activations in bf16.
    auto layers_in_fp32 = base();
    layers_in_fp32.rules.push_back({.match = "*", .choice = {.precision = Precision::fp32}});
    QCOMPARE(reused(speak(engine, layers_in_fp32, request())), QByteArray());
  }

  /// The steps cost memory, so they are kept only when they were asked for.
  void stages_that_were_not_kept_are_computed_when_they_are_asked_for() {
    const octet::Engine engine(octet::test::demo_checkpoint(), {}, kPlenty);
    auto quiet = request();
    quiet.keep_stages = false;
    const auto first = speak(engine, base(), quiet);
    QVERIFY(first.stages.empty());
    const auto second = speak(engine, base(), request());
    QCOMPARE(reused(second), QByteArray("encoder vocoder"));
    QVERIFY(second.stages.contains("mel_step_2") && second.stages.contains("f0"));
    QVERIFY(second.waveform == first.waveform);
    const auto third = speak(engine, base(), quiet);
    QCOMPARE(reused(third), QByteArray("encoder flow source vocoder"));
    QVERIFY(third.stages.empty());
    QVERIFY(third.waveform == first.waveform && third.mel == first.mel);
  }

  /// A second method must never get the first one's weight, whatever else is alike.
  void recipes_that_differ_in_any_field_share_nothing() {
    const auto& layers = octet::test::demo_checkpoint()->layers();
    const auto& layer = *octet::test::demo_checkpoint()->find("mel2wav.conv_pre");
    const auto under = [&](const octet::Recipe& recipe) {
      auto resolved = octet::resolve(base(), layers);
      resolved.layers[static_cast<std::size_t>(&layer - layers.data())].effective = recipe;
      return resolved;
    };
    const auto keys = [&](const octet::Recipe& recipe) {
      return octet::stage_keys(request(), 2, layers, under(recipe), "");
    };
    octet::WeightStore store(octet::test::demo_checkpoint(), at::kCPU);
    const auto all = recipes();
    const auto held = store.get(layer, all[0]);
    QVERIFY(store.holds(layer, all[0]));
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t j = i + 1; j < all.size(); ++j) {
        QVERIFY(all[i] != all[j]);
        QVERIFY(octet::to_string(all[i]) != octet::to_string(all[j]));
        QVERIFY(keys(all[i]).source == keys(all[j]).source);
        QVERIFY(keys(all[i]).vocoder != keys(all[j]).vocoder);
        QVERIFY(!octet::same_effect(under(all[i]), under(all[j])));
        QCOMPARE(octet::differing_layers(layers, under(all[i]), under(all[j])).size(), 1u);
        if (i == 0) QVERIFY(!store.holds(layer, all[j]));
      }
  }

  void without_a_budget_all_is_computed() {
    const octet::Engine engine(octet::test::demo_checkpoint(), {});
    (void)speak(engine, base(), request());
    QCOMPARE(reused(speak(engine, base(), request())), QByteArray());
  }

  void two_threads_use_it_at_once() {
    // Room for about one synthesis: each pushes out what the other made.
    const octet::Engine caching(octet::test::demo_checkpoint(), {}, 200'000);
    const octet::Engine plain(octet::test::demo_checkpoint(), {});
    const std::array plans{base(), with_int8(base(), "mel2wav.resblocks.3.convs1.1"),
                           with_int8(base(), "flow.encoder.up_layer.conv")};
    std::vector<octet::Synthesis> expected;
    for (const auto& plan : plans) expected.push_back(speak(plain, plan, request()));
    std::atomic<int> wrong = 0;
    const auto work = [&](std::size_t first) {
      for (std::size_t i = 0; i < 6; ++i) {
        const auto which = (first + i) % plans.size();
        wrong += !same(speak(caching, plans[which], request()), expected[which]);
      }
    };
    { const std::jthread one(work, 0), other(work, 1); }
    QCOMPARE(wrong.load(), 0);
  }
};

QTEST_GUILESS_MAIN(TestStageReuse)
#include "test_stage_reuse.moc"
