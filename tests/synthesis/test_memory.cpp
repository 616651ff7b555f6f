#include <ATen/ATen.h>
#include <malloc.h>
#include <unistd.h>

#include <QtTest>
#include <fstream>

#include "core/kernels/processor.h"
#include "core/plan/size.h"
#include "core/synthesis/bound_model.h"
#include "core/synthesis/prepared_bytes.h"
#include "core/synthesis/weight_store.h"
#include "core/synthesis/working_memory.h"
#include "tests/demo_voice.h"
#include "tests/live_allocations.h"
#include "tests/paper_checkpoint.h"

using octet::Precision;

namespace {

std::int64_t planned_bytes(const octet::BoundModel& model) {
  const std::vector<std::string> parts{"flow", "mel2wav"};
  return static_cast<std::int64_t>(
      octet::plan_size(octet::test::demo_checkpoint()->layers(), octet::resolved_plan(model), parts)
          .total()
          .bytes);
}

/// Snakes and f0 hold what they need in fp32 beside the plan's copy, and the allocator's blocks are counted
/// whole.
constexpr std::int64_t kSmall = 200'000;

/// Of the process, once what was freed is given back.
std::int64_t resident_bytes() {
  malloc_trim(0);
  std::int64_t size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

/// The full-size model with every layer a million times as large.
class VastCheckpoint : public octet::test::PaperCheckpoint {
 public:
  VastCheckpoint() : vast_(PaperCheckpoint::layers()) {
    for (auto& layer : vast_)
      for (auto& tensor : layer.tensors)
        if (tensor.shape.size() == 3) tensor.shape.back() *= 1'000'000;
  }
  const octet::LayerTable& layers() const override { return vast_; }

 private:
  octet::LayerTable vast_;
};

}  // namespace

/// What tensors hold, counted at the allocator: weights that are still in the file's map are not among them.
class TestMemory : public QObject {
  Q_OBJECT

  octet::test::LiveAllocations& allocations_ = octet::test::LiveAllocations::install();

 private Q_SLOTS:
  void bound_weights_take_the_bytes_of_the_plan_data() {
    QTest::addColumn<QByteArray>("preset");
    QTest::addColumn<int>("base");
    for (const auto* name : {"seed", "all-int8", "all-base"})
      for (const auto base : {Precision::fp32, Precision::bf16, Precision::fp16})
        QTest::addRow("%s %s", name, std::string(octet::to_string(base)).c_str())
            << QByteArray(name) << int(base);
  }
  void bound_weights_take_the_bytes_of_the_plan() {
    QFETCH(QByteArray, preset);
    QFETCH(int, base);
    const octet::Engine engine(octet::test::demo_checkpoint(), {});
    const auto model = engine.bind(octet::test::plan_of(preset.toStdString(), static_cast<Precision>(base)));
    QCOMPARE(octet::resident_weight_bytes(*model), 0u);
    const auto before = allocations_.live();
    (void)engine.synthesize(*model, octet::test::spoken(3), {});
    QCOMPARE(std::int64_t(octet::resident_weight_bytes(*model)), planned_bytes(*model));
    const auto held = allocations_.live() - before;
    QVERIFY2(held <= planned_bytes(*model) + kSmall, qPrintable(QString::number(held)));
    // fp32 tensors that are aligned may still be views of the file.
    if (static_cast<Precision>(base) != Precision::fp32)
      QVERIFY2(held >= planned_bytes(*model) - kSmall, qPrintable(QString::number(held)));
  }

  /// The flow's steps share the weights they convert, and give them back; all else is converted where it is
  /// used, one layer at a time.
  void synthesis_never_holds_a_float_copy_of_all_weights() {
    const octet::Engine engine(octet::test::demo_checkpoint(), {});
    const auto before = allocations_.live();
    const auto int8 = engine.bind(octet::test::plan_of("all-int8", Precision::fp32));
    (void)engine.synthesize(*int8, octet::test::spoken(3), {});
    const auto held = allocations_.live() - before;
    allocations_.forget_peak();
    (void)engine.synthesize(*int8, octet::test::spoken(3), {});
    const auto with_int8 = allocations_.peak() - before - held;

    const auto plain = engine.bind(octet::test::plan_of("all-base", Precision::fp32));
    (void)engine.synthesize(*plain, octet::test::spoken(3), {});
    const auto start = allocations_.live();
    allocations_.forget_peak();
    (void)engine.synthesize(*plain, octet::test::spoken(3), {});
    const auto with_floats = allocations_.peak() - start;

    std::int64_t largest = 0, all = 0, steps = 0;
    for (const auto& layer : octet::test::demo_checkpoint()->layers())
      if (layer.quantizable() && (layer.component == "flow" || layer.component == "mel2wav")) {
        const auto floats = 4 * octet::element_count(layer.weight().shape);
        largest = std::max(largest, floats);
        all += floats;
        if (layer.name.starts_with("flow.decoder.")) steps += floats;
      }
    QCOMPARE(std::int64_t(int8->conversion_bytes()), steps);
    QCOMPARE(std::int64_t(engine.bind(octet::test::plan_of("all-base", Precision::fp32))->conversion_bytes()),
             0);
    // A processor without instructions for fp16 multiplies in fp32.
    const auto half = engine.bind(octet::test::plan_of("all-base", Precision::fp16));
    QCOMPARE(std::int64_t(half->conversion_bytes()),
             octet::product_type(at::kHalf, at::kCPU) == at::kFloat ? steps : 0);
    const auto message = QString("int8 %1, fp32 %2, largest layer %3, all layers %4")
                             .arg(with_int8)
                             .arg(with_floats)
                             .arg(largest)
                             .arg(all);
    QVERIFY2(with_int8 <= with_floats + steps + largest, qPrintable(message));
    QVERIFY2(with_int8 >= steps, qPrintable(message));
    QVERIFY2(with_int8 < all, qPrintable(message));
    QCOMPARE(allocations_.live(), start);  // a synthesis leaves nothing behind
  }

  void plans_share_the_layers_they_agree_on() {
    const octet::Engine engine(octet::test::demo_checkpoint(), {});
    const auto start = allocations_.live();
    const auto a = engine.bind(octet::test::plan_of("all-base", Precision::bf16));
    (void)engine.synthesize(*a, octet::test::spoken(3), {});
    const auto a_alone = allocations_.live() - start;
    const auto b = engine.bind(octet::test::plan_of("seed", Precision::bf16));
    (void)engine.synthesize(*b, octet::test::spoken(3), {});
    const auto both = allocations_.live() - start;

    // B adds its int8 layers (weight, scale and bias) and nothing else.
    std::int64_t own = 0;
    const auto& layers = octet::test::demo_checkpoint()->layers();
    const auto& resolved = octet::resolved_plan(*b);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const auto& layer = layers[i];
      if (resolved.layers[i].effective.storage != Precision::int8 ||
          (layer.component != "flow" && layer.component != "mel2wav"))
        continue;
      own += static_cast<std::int64_t>(octet::written_bytes(layer, resolved.layers[i].effective));
    }
    const auto message = QString("A %1, both %2, int8 layers of B %3").arg(a_alone).arg(both).arg(own);
    QVERIFY2(both - a_alone <= own + kSmall, qPrintable(message));
    QVERIFY2(own + kSmall < planned_bytes(*b), qPrintable(message));
  }

  void a_layer_is_one_object_for_all_that_agree_on_it() {
    octet::WeightStore store(octet::test::demo_checkpoint(), at::kCPU);
    const auto& layer = *octet::test::demo_checkpoint()->find("mel2wav.conv_pre");
    const auto bf16 = octet::floating_recipe(Precision::bf16);
    const octet::Recipe int8{.storage = Precision::int8, .base = Precision::bf16};
    const auto first = store.get(layer, bf16);
    QVERIFY(store.get(layer, bf16) == first);
    QVERIFY(store.get(layer, int8) != first);
  }

  /// Weights go when the last model that uses them goes.
  void dropped_models_give_their_weights_back() {
    const octet::Engine engine(octet::test::demo_checkpoint(), {});
    const auto start = allocations_.live();
    (void)engine.synthesize(*engine.bind(octet::test::plan_of("seed", Precision::bf16)),
                            octet::test::spoken(3), {});
    QCOMPARE(allocations_.live(), start);
  }

  /// What libraries keep of a shape would be 5 MB for each length. Less than 2 is what the allocator's pools
  /// of several threads leave unused.
  void speaking_other_lengths_takes_no_more_memory() {
    const octet::Engine engine(octet::test::demo_checkpoint(), {});
    const auto model = engine.bind(octet::test::plan_of("seed", Precision::bf16));
    constexpr std::size_t kWarm = 20, kMore = 40;
    std::int64_t live = 0, resident = 0;
    for (std::size_t i = 0; i < kWarm + kMore; ++i) {
      if (i == kWarm) {
        live = allocations_.live();
        resident = resident_bytes();
      }
      (void)engine.synthesize(*model, octet::test::spoken(60 - i), {});
    }
    QCOMPARE(allocations_.live(), live);
    const auto grown = resident_bytes() - resident;
    qInfo("%.1f MB more after %d lengths", double(grown) / 1e6, int(kMore));
    QVERIFY2(grown <= 80'000'000, qPrintable(QString::number(grown)));
  }

  /// What the check adds to a first synthesis is what it then holds, and nothing for the next one.
  void weights_that_are_yet_to_be_loaded_are_counted_data() {
    bound_weights_take_the_bytes_of_the_plan_data();
  }
  void weights_that_are_yet_to_be_loaded_are_counted() {
    QFETCH(QByteArray, preset);
    QFETCH(int, base);
    const octet::Engine engine(octet::test::demo_checkpoint(), {});
    const auto plan = octet::test::plan_of(preset.toStdString(), static_cast<Precision>(base));
    const auto model = engine.bind(plan);
    const auto to_load = [](const auto& bound) {
      return static_cast<std::int64_t>(bound->bytes_to_load({"flow", "mel2wav"}));
    };
    const auto stated = to_load(model);
    std::int64_t loaded = -1;
    const auto before = allocations_.live();
    allocations_.forget_peak();
    (void)engine.synthesize(*model, octet::test::spoken(3), {{}, [&](const octet::Progress& progress) {
                                                               if (progress.stage == "encoder")
                                                                 loaded = allocations_.peak() - before;
                                                             }});
    const auto message = QString("%1 stated, %2 taken while loading").arg(stated).arg(loaded);
    QVERIFY2(loaded >= 0 && stated >= loaded - kSmall, qPrintable(message));
    // Beside what stays only the largest layer counts. fp32 may be the file's own memory.
    std::int64_t largest = 0;
    for (const auto& layer : octet::test::demo_checkpoint()->layers())
      if (layer.quantizable() && (layer.component == "flow" || layer.component == "mel2wav"))
        largest = std::max(largest, 4 * octet::element_count(layer.weight().shape));
    if (static_cast<Precision>(base) != Precision::fp32)
      QVERIFY2(stated <= loaded + 5 * largest, qPrintable(message));
    QCOMPARE(to_load(model), 0);
    QCOMPARE(to_load(engine.bind(plan)), 0);  // shared, as long as the first holds them
  }

  /// Convolutions whose inputs are rounded hold their integers as products take them, each model its own.
  void what_operations_keep_beside_weights_is_counted() {
    const octet::Engine engine(octet::test::demo_checkpoint(), {});
    auto plan = octet::test::plan_of("all-base", Precision::fp32);
    plan.rules.push_back({.match = "mel2wav.*",
                          .type = octet::LayerType::conv1d,
                          .choice = {.precision = Precision::int8, .method = octet::Method::dynamic}});
    const auto first = engine.bind(plan), second = engine.bind(plan);
    (void)engine.synthesize(*first, octet::test::spoken(3), {});
    const auto stated = static_cast<std::int64_t>(second->bytes_to_load({"flow", "mel2wav"}));
    const auto before = allocations_.live();
    (void)engine.synthesize(*second, octet::test::spoken(3), {});
    const auto held = allocations_.live() - before;
    std::int64_t integers = 0;
    for (const auto& layer : octet::test::demo_checkpoint()->layers())
      if (layer.component == "mel2wav" && layer.type == octet::LayerType::conv1d)
        integers += octet::element_count(layer.weight().shape);
    const auto message = QString("%1 stated, %2 held, %3 integers").arg(stated).arg(held).arg(integers);
    QVERIFY2(std::abs(stated - held) <= kSmall, qPrintable(message));
    QVERIFY2(2 * stated >= integers, qPrintable(message));
  }

  /// Figures that were measured on a GPU (docs/architecture.md, docs/benchmarks.md).
  void a_gpu_keeps_what_was_measured_there_data() {
    QTest::addColumn<std::string>("component");
    QTest::addColumn<Precision>("storage");
    QTest::addColumn<double>("megabytes");
    QTest::newRow("speaker encoder") << std::string("speaker_encoder") << Precision::bf16 << 28.0;
    QTest::newRow("vocoder, fp32") << std::string("mel2wav") << Precision::fp32 << 84.0;
    QTest::newRow("vocoder, int8") << std::string("mel2wav") << Precision::int8 << 42.0;
  }
  void a_gpu_keeps_what_was_measured_there() {
    QFETCH(std::string, component);
    QFETCH(Precision, storage);
    QFETCH(double, megabytes);
    double sum = 0;
    for (const auto& layer : octet::test::full_size()->layers())
      if (layer.component == component)
        sum += static_cast<double>(
            octet::prepared_bytes(layer, {.storage = storage}, octet::Device::Kind::cuda));
    // Rounded up where results lie in strides.
    const auto stated = sum / 1e6;
    QVERIFY2(stated >= megabytes - 1 && stated <= 1.06 * megabytes, qPrintable(QString::number(stated)));
  }

  /// Found out before a byte is read: these weights are on paper only.
  void a_first_run_whose_weights_do_not_fit_is_refused() {
    const octet::Engine engine(std::make_shared<const VastCheckpoint>(), {});
    const auto model = engine.bind(octet::test::plan_of("all-base", Precision::fp32));
    const octet::Sound second{
        .sample_rate = 16000, .channels = 1, .samples = std::vector<float>(16000, 0.1f)};
    auto request = octet::test::spoken(3);
    request.voice.embedding.resize(static_cast<std::size_t>(engine.embedding_width()));
    const auto refusal = [](const auto& work) -> QByteArray {
      try {
        work();
      } catch (const octet::Error& error) {
        return QByteArray(error.kind() == octet::ErrorKind::device ? "" : "not a device: ") + error.what();
      }
      return "not refused";
    };
    for (const auto& said : {refusal([&] { (void)engine.synthesize(*model, request, {}); }),
                             refusal([&] { (void)engine.tokenize(*model, second, {}); }),
                             refusal([&] { (void)engine.condition(*model, second, {}); })})
      QVERIFY2(said.contains("GB for weights that are yet to be loaded"), said);
  }

  void sound_too_long_to_listen_to_is_refused() {
    const octet::Engine engine(octet::test::demo_checkpoint(), {});
    const auto model = engine.bind(octet::test::plan_of("all-base", Precision::fp32));
    // 116 days at a rate that needs few samples.
    const octet::Sound source{
        .sample_rate = 1, .channels = 1, .samples = std::vector<float>(10'000'000, 0.1f)};
    try {
      (void)engine.tokenize(*model, source, {});
      QFAIL("it was not refused");
    } catch (const octet::Error& error) {
      QVERIFY2(error.kind() == octet::ErrorKind::device && QByteArray(error.what()).contains("10000000.0 s"),
               error.what());
      QVERIFY(!error.hint().empty());
    }
    // A voice is its first ten seconds.
    QVERIFY(octet::conditioning_bytes(engine.checkpoint(), source, 10) < 500'000'000);
  }

  void the_stated_memory_covers_listening_data() {
    QTest::addColumn<int>("seconds");
    QTest::addColumn<int>("rate");
    QTest::newRow("5 s") << 5 << 16000;
    QTest::newRow("30 s, as much as is heard at once") << 30 << 16000;
    QTest::newRow("60 s") << 60 << 16000;
    QTest::newRow("2 min at 48 kHz") << 120 << 48000;
  }
  void the_stated_memory_covers_listening() {
    QFETCH(int, seconds);
    QFETCH(int, rate);
    const octet::Engine engine(octet::test::demo_checkpoint(), {});
    const auto model = engine.bind(octet::test::plan_of("all-base", Precision::fp32));
    octet::Sound sound{.sample_rate = rate, .channels = 1, .samples = {}};
    for (int i = 0; i < seconds * rate; ++i)
      sound.samples.push_back(0.3f * std::sin(0.05f * static_cast<float>(i)));
    const auto checks = [&](const char* what, std::uint64_t bytes, const auto& listen) {
      listen();
      const auto start = allocations_.live();
      allocations_.forget_peak();
      listen();
      const auto used = allocations_.peak() - start;
      const auto stated = static_cast<std::int64_t>(bytes);
      qInfo("%s: %.1f MB used, %.1f MB stated", what, double(used) / 1e6, double(stated) / 1e6);
      constexpr std::int64_t kAlways = 64'000'000;  // of the libraries, whatever the request
      return stated - kAlways >= used && stated <= 2 * used + kAlways;
    };
    QVERIFY(checks("tokens", octet::tokenizing_bytes(engine.checkpoint(), sound),
                   [&] { (void)engine.tokenize(*model, sound, {}); }));
    QVERIFY(checks("voice", octet::conditioning_bytes(engine.checkpoint(), sound, 10),
                   [&] { (void)engine.condition(*model, sound, {}); }));
  }

  /// Two minutes are part of what a synthesis must be able to do.
  void the_stated_memory_covers_what_is_used_data() {
    QTest::addColumn<int>("seconds");
    QTest::addColumn<octet::PrecisionPlan>("plan");
    for (const int seconds : {5, 30, 120})
      QTest::addRow("%d s", seconds) << seconds << octet::test::plan_of("all-base", Precision::fp32);
    QTest::addRow("30 s, seed plan") << 30 << octet::test::plan_of("seed", Precision::bf16);
  }
  void the_stated_memory_covers_what_is_used() {
    QFETCH(int, seconds);
    QFETCH(octet::PrecisionPlan, plan);
    const octet::Engine engine(octet::test::demo_checkpoint(), {});
    const auto model = engine.bind(plan);
    (void)engine.synthesize(*model, octet::test::spoken(3), {});
    const auto request = octet::test::spoken(static_cast<std::size_t>(seconds) * 25);
    const auto start = allocations_.live();
    allocations_.forget_peak();
    const auto made = engine.synthesize(*model, request, {});
    const auto used = allocations_.peak() - start;
    const auto prompt = static_cast<std::int64_t>(request.voice.prompt_feat.size()) / 80;
    const auto frames = 2 * std::int64_t(request.voice.prompt_token.size() + request.tokens.size());
    const auto stated = static_cast<std::int64_t>(engine.working_bytes(prompt, frames - prompt));
    QCOMPARE(made.waveform.size(), static_cast<std::size_t>(480 * (frames - prompt)));
    QVERIFY(std::ranges::all_of(made.waveform, [](float sample) { return std::abs(sample) <= 0.99f; }));
    qInfo("%d s: %.1f MB used, %.1f MB stated", seconds, double(used) / 1e6, double(stated) / 1e6);
    QVERIFY(stated >= used);
    constexpr std::int64_t kAlways = 64'000'000;  // of the libraries, whatever the request
    QVERIFY(stated <= 2 * used + kAlways);
  }

  void the_stated_memory_covers_clips_made_at_once() {
    const octet::Engine engine(octet::test::demo_checkpoint(), {});
    const auto model = engine.bind(octet::test::plan_of("all-base", Precision::fp32));
    (void)engine.synthesize(*model, octet::test::spoken(3), {});
    std::vector<octet::SynthesisRequest> clips(8, octet::test::spoken(125));
    clips[3].tokens.resize(20);
    const auto start = allocations_.live();
    allocations_.forget_peak();
    const auto made = engine.synthesize(*model, clips, {});
    const auto used = allocations_.peak() - start;
    const auto stated = static_cast<std::int64_t>(engine.working_bytes(clips));
    qInfo("%.1f MB used, %.1f MB stated", double(used) / 1e6, double(stated) / 1e6);
    QVERIFY(stated >= used);
    constexpr std::int64_t kAlways = 64'000'000;  // of the libraries, whatever the request
    QVERIFY(stated <= 2 * used + kAlways);
  }
};

QTEST_GUILESS_MAIN(TestMemory)
#include "test_memory.moc"
