#include <ATen/Context.h>

#include <QTemporaryDir>
#include <QtTest>
#include <functional>
#include <random>
#include <set>

#include "core/dsp/spectrogram.h"
#include "core/export/exporter.h"
#include "core/export/verify.h"
#include "core/metrics/noise_floor.h"
#include "core/metrics/pauses.h"
#include "core/metrics/predicted_mos.h"
#include "core/metrics/sound_comparison.h"
#include "core/metrics/table.h"
#include "core/metrics/worst_moments.h"
#include "core/synthesis/self_check.h"
#include "core/synthesis/weight_error.h"
#include "core/torch_errors.h"
#include "tests/demo_voice.h"
#include "tests/failing_allocations.h"
#include "tests/random_seed.h"

using octet::Precision;
using octet::test::spoken;

class TestOutOfMemory : public QObject {
  Q_OBJECT

  octet::test::FailingAllocations& allocations_ = octet::test::FailingAllocations::install();
  static constexpr std::uint64_t kStageCache = 64'000'000;
  const octet::Engine engine_{octet::test::demo_checkpoint(), {}, kStageCache};

  /// Whether `work` ends in an Error(device) that says what to do.
  template <typename Work>
  static bool says_what_to_do(const Work& work) {
    try {
      work();
    } catch (const octet::Error& error) {
      return error.kind() == octet::ErrorKind::device && QByteArray(error.what()).contains("out of memory") &&
             error.hint().find("fewer tokens") != std::string::npos;
    }
    return false;
  }

  /// Which of `all` allocations are to fail: one at random in each of 24 equal parts, or those of the
  /// environment's OCTET_TEST_ALLOCATIONS=FIRST-LAST, by hand. 0-99999 is every one, and several processes
  /// can share them.
  static std::vector<std::int64_t> allocations_to_fail(std::int64_t all) {
    std::vector<std::int64_t> chosen;
    if (const auto asked = qEnvironmentVariable("OCTET_TEST_ALLOCATIONS").split('-'); asked.size() == 2) {
      for (auto i = asked[0].toLongLong(); i <= std::min<std::int64_t>(asked[1].toLongLong(), all - 1); ++i)
        chosen.push_back(i);
      return chosen;
    }
    std::mt19937_64 random(octet::test::random_seed());
    constexpr std::int64_t kParts = 24;
    for (std::int64_t i = 0; i < kParts; ++i)
      chosen.push_back((i * all + static_cast<std::int64_t>(random() % std::uint64_t(all))) / kParts);
    return chosen;
  }

 private Q_SLOTS:
  /// Wherever it strikes, from reading weights to the last sample, and the engine is as good as before.
  void memory_that_runs_out_anywhere_is_said_and_survived() {
    const auto plan = octet::test::plan_of("seed", Precision::bf16);
    const auto request = spoken(3, 2);
    // Caches of the process are filled by the first synthesis, and what is counted is what comes again.
    octet::Synthesis expected;
    std::int64_t all = 0;
    for (int i = 0; i < 2; ++i) {
      const octet::Engine engine(octet::test::demo_checkpoint(), {}, kStageCache);
      const auto begin = allocations_.count();
      expected = engine.synthesize(*engine.bind(plan), request, {});
      all = allocations_.count() - begin;
    }
    qInfo("%lld allocations", static_cast<long long>(all));
    QByteArrayList wrong;
    for (const auto after : allocations_to_fail(all)) {
      const octet::Engine engine(octet::test::demo_checkpoint(), {}, kStageCache);
      const auto model = engine.bind(plan);
      allocations_.fail_after(after);
      // Some library may do without the memory; then the sound has to be right.
      bool right = false;
      const bool said = says_what_to_do(
          [&] { right = engine.synthesize(*model, request, {}).waveform == expected.waveform; });
      if (right) qInfo("%lld: done without", static_cast<long long>(after));
      const bool came = !allocations_.take_back();
      const bool survived = engine.synthesize(*model, request, {}).waveform == expected.waveform;
      if (!(said || right) || !came || !survived)
        wrong << QString("%1: %2said, %3come, %4survived")
                     .arg(after)
                     .arg(said ? "" : "not ", came ? "" : "not ", survived ? "" : "not ")
                     .toUtf8();
    }
    QVERIFY2(wrong.isEmpty(), (QByteArray::number(wrong.size()) + " wrong:\n" + wrong.join("\n")));
  }

  /// As Torch does where oneDNN finds no memory; nothing of the other way is handed out or kept.
  void a_library_that_is_done_without_is_said_data() {
    QTest::addColumn<QString>("stage");
    for (const auto* stage : {"encoder", "flow", "vocoder"}) QTest::newRow(stage) << stage;
  }
  void a_library_that_is_done_without_is_said() {
    QFETCH(QString, stage);
    const octet::Engine engine(octet::test::demo_checkpoint(), {}, kStageCache);
    const auto model = engine.bind(octet::test::plan_of("all-base", Precision::fp32));
    const auto request = spoken(3, 2);
    const octet::JobControl control{{}, [&](const octet::Progress& progress) {
                                      if (progress.stage == stage.toStdString() && progress.done == 0)
                                        at::globalContext().setUserEnabledMkldnn(false);
                                    }};
    QVERIFY(says_what_to_do([&] { (void)engine.synthesize(*model, request, control); }));
    const auto again = engine.synthesize(*model, request, {});
    const octet::Engine other(octet::test::demo_checkpoint(), {});
    QVERIFY(again.waveform == other.synthesize(*other.bind(resolved_plan(*model)), request, {}).waveform);
    for (const auto& cost : again.costs) QVERIFY2(!cost.reused || cost.stage != stage.toStdString(), "kept");
  }

  void memory_that_runs_out_while_listening_is_said() {
    const auto model = engine_.bind(octet::test::plan_of("all-base", Precision::fp32));
    const octet::Sound sound{.sample_rate = 24000, .channels = 1, .samples = std::vector<float>(24000, 0.1f)};
    for (const int after : {0, 5, 200}) {
      allocations_.fail_after(after);
      QVERIFY(says_what_to_do([&] { (void)engine_.condition(*model, sound, {}); }));
      allocations_.fail_after(after);
      QVERIFY(says_what_to_do([&] { (void)engine_.tokenize(*model, sound, {}); }));
    }
  }

  void whoever_tells_of_memory_is_understood_data() {
    QTest::addColumn<std::function<void()>>("fails");
    const auto row = [](const char* words) {
      QTest::newRow(words) << std::function<void()>([words] { TORCH_CHECK(false, words); });
    };
    row("CUDA error: out of memory");
    row("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`");
    row("cuDNN error: CUDNN_STATUS_ALLOC_FAILED");
    row("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried to allocate "
        "1");
    QTest::newRow("new") << std::function<void()>([] { throw std::bad_alloc(); });
    QTest::newRow("vector") << std::function<void()>([] { throw std::length_error("vector"); });
    QTest::newRow("another library") << std::function<void()>(
        [] { throw std::runtime_error("out of memory"); });
  }
  void whoever_tells_of_memory_is_understood() {
    QFETCH(std::function<void()>, fails);
    QVERIFY(says_what_to_do([&] { octet::translating_torch_errors(fails); }));
  }

  void other_failures_are_errors_and_errors_stay_as_they_are() {
    const auto kind_of = [](const auto& work) {
      try {
        octet::translating_torch_errors(work);
      } catch (const octet::Error& error) {
        return QByteArray::number(int(error.kind())) + " " + error.what() + "|" + error.hint().c_str();
      }
      return QByteArray("nothing");
    };
    QCOMPARE(kind_of([] { TORCH_CHECK(false, "sizes differ"); }),
             QByteArray("4 the computation failed: sizes differ|"));
    QCOMPARE(kind_of([] { throw std::runtime_error("a primitive\nat line 3"); }),
             QByteArray("4 the computation failed: a primitive|"));
    QCOMPARE(kind_of([] { throw octet::Error(octet::ErrorKind::cancelled, "out of memory", "hint"); }),
             QByteArray("5 out of memory|hint"));
    QVERIFY_THROWS_EXCEPTION(int, octet::translating_torch_errors([] { throw 7; }));
  }

  /// All else in core that computes with Torch and that others call.
  void memory_that_runs_out_elsewhere_is_said_data() {
    QTest::addColumn<std::function<void()>>("work");
    const auto row = [](const char* name, std::function<void()> work) {
      QTest::newRow(name) << std::move(work);
    };
    const auto voice = octet::demo_voice_folder() / "conds" / "voice_f_nora.safetensors";
    const auto in_folder = [this](const char* name) {
      return std::filesystem::path(folder_.filePath(name).toStdString());
    };
    octet::write_tensors(in_folder("noise"), {{"cfm_noise", {{1, 80, 4}, std::vector<float>(320)}}});
    const auto checkpoint = octet::test::demo_checkpoint();
    const auto resolved = octet::resolve(octet::test::plan_of("seed", Precision::bf16), checkpoint->layers());
    const auto exported = octet::prepare_export(checkpoint, resolved, {"mel2wav"});
    octet::write_export(exported, in_folder("export"), {});
    row("conditioning", [=] { (void)octet::read_conditioning(voice); });
    row("noise", [=] { (void)octet::read_noise(in_folder("noise")); });
    row("weight error", [=] {
      (void)octet::int8_weight_error(*checkpoint, *checkpoint->find("mel2wav.conv_pre"),
                                     {.storage = octet::Precision::int8});
    });
    row("export", [=] { octet::write_export(exported, in_folder("export again"), {}); });
    row("verify", [=] { (void)octet::verify_export(in_folder("export"), checkpoint, {}, {}); });
    static const std::vector<float> one(24000, 0.1f), other(24000, 0.2f);
    row("sounds", [] { (void)octet::compare_sounds({24000, 1, one}, {16000, 1, other}); });
    const std::set<std::string_view> without_torch{"clicks", "clipping", "constant_offset",
                                                   "loudness_difference"};
    for (const auto& measure : octet::measures())
      if (measure.compute && !without_torch.contains(measure.id))
        row(measure.id.data(), [&measure] { (void)measure.compute(one, other, 24000); });
    row("what predicts MOS", [] { (void)octet::MosPredictor(); });
    row("predicted MOS", [] {
      static const octet::MosPredictor predict;
      (void)predict(one, 24000, {});
    });
    row("noise floors", [] { (void)octet::noise_floors(one, other, 24000, octet::noise_floor_bands()); });
    row("pauses", [] { (void)octet::pauses(one, 24000); });
    row("worst moments", [] { (void)octet::worst_moments(one, other, 24000, 3); });
    row("spectrogram", [] { (void)octet::spectrogram(one, 24000); });
    row("device check", [] { (void)octet::check_device({}, octet::demo_voice_folder(), {}); });
  }
  void memory_that_runs_out_elsewhere_is_said() {
    QFETCH(std::function<void()>, work);
    for (const int after : {0, 1}) {
      allocations_.fail_after(after);
      const bool said = says_what_to_do(work);
      const bool came = !allocations_.take_back();
      QVERIFY(came || after > 0);
      QCOMPARE(said, came);
    }
    QVERIFY(!std::filesystem::exists(folder_.filePath("export again").toStdString()));
  }

 private:
  QTemporaryDir folder_;
};

QTEST_GUILESS_MAIN(TestOutOfMemory)
#include "test_out_of_memory.moc"
