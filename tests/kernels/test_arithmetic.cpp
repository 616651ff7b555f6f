// What results depend on beside their inputs: an engine sets all of it, whoever calls.

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <QtTest>
#include <mutex>
#include <set>
#include <thread>

#include "core/kernels/arithmetic.h"
#include "core/kernels/in_parallel.h"
#include "core/synthesis/stage_keys.h"
#include "tests/checkpoint/tensor_files.h"
#include "tests/demo_voice.h"

using octet::Precision;

namespace {

/// On a thread of its own, as the lanes of the window are.
template <typename Work>
auto elsewhere(const Work& work) {
  decltype(work()) result{};
  std::thread([&] { result = work(); }).join();
  return result;
}

/// All that a caller may have chosen for itself.
void spoil() {
  auto& context = at::globalContext();
  context.setAllowTF32CuBLAS(true);
  context.setAllowTF32CuDNN(true);
  context.setFloat32MatmulPrecision("medium");
  for (const auto op : {at::Float32Op::MATMUL, at::Float32Op::CONV, at::Float32Op::RNN})
    context.setFloat32Precision(at::Float32Backend::MKLDNN, op, at::Float32Precision::BF16);
  context.setAllowFP16ReductionCuBLAS(true);
  context.setAllowBF16ReductionCuBLAS(true);
  context.setAllowFP16AccumulationCuBLAS(true);
  context.setAllowFP16BF16ReductionMathSDP(true);
  context.setSDPUseFlash(false);
  context.setSDPUseMemEfficient(false);
  context.setSDPUseCuDNN(false);
  context.setUserEnabledCuDNN(false);
  context.setDeterministicCuDNN(false);
  context.setBenchmarkCuDNN(true);
  context.setUserEnabledMkldnn(false);
  context.setDeterministicMkldnn(true);
  context.setUserEnabledNNPACK(false);
  context.setDeterministicAlgorithms(true, /*warn_only=*/false);
}

octet::Synthesis speak(const octet::Engine& engine, const octet::JobControl& control = {}) {
  return engine.synthesize(*engine.bind(octet::test::plan_of("seed", Precision::bf16)),
                           octet::test::spoken(5, 2), control);
}

/// Threads in use while `engine` works.
int threads_of(const octet::Engine& engine) {
  int seen = 0;
  (void)speak(engine, {{}, [&](const octet::Progress&) { seen = at::get_num_threads(); }});
  return seen;
}

}  // namespace

class TestArithmetic : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void an_engine_computes_the_same_whatever_its_caller_chose() {
    const octet::Engine engine(octet::test::demo_checkpoint(), {.threads = 2});
    const auto expected = speak(engine).waveform;
    const auto words = octet::describe_arithmetic();
    spoil();
    QVERIFY(octet::describe_arithmetic() != words);
    QVERIFY(speak(engine).waveform == expected);
    QCOMPARE(octet::describe_arithmetic(), words);
  }

  /// Torch has two ways to say the same, and computes nothing where they disagree.
  void switches_that_disagree_are_set_right() {
    octet::configure_arithmetic(0);
    const auto words = octet::describe_arithmetic();
    at::globalContext().setFloat32Precision(at::Float32Backend::CUDA, at::Float32Op::MATMUL,
                                            at::Float32Precision::TF32);
    QVERIFY_THROWS_EXCEPTION(c10::Error, (void)at::globalContext().allowTF32CuBLAS());
    QVERIFY(octet::describe_arithmetic() != words);
    octet::configure_arithmetic(0);
    QCOMPARE(octet::describe_arithmetic(), words);
    QVERIFY(!at::globalContext().allowTF32CuBLAS());
  }

  void each_setting_is_told_data() {
    QTest::addColumn<QByteArray>("setting");
    for (const auto* setting : {"TF32 in cuBLAS 0",
                                "TF32 in cuDNN 0",
                                "float32 matmul precision 0",
                                "fp32 of CUDA matmul 1",
                                "fp32 of CUDA conv 1",
                                "fp32 of oneDNN matmul 1",
                                "fp32 of oneDNN conv 1",
                                "fp16 reduction in cuBLAS 1",
                                "bf16 reduction in cuBLAS 1",
                                "fp16 accumulation in cuBLAS 0",
                                "half reduction in attention 0",
                                "flash attention 1",
                                "memory-efficient attention 1",
                                "plain attention 1",
                                "cuDNN attention 1",
                                "cuDNN deterministic 1",
                                "cuDNN benchmark 0",
                                "oneDNN 1",
                                "deterministic algorithms 0",
                                "3 threads"})
      QTest::newRow(setting) << QByteArray(setting);
  }
  void each_setting_is_told() {
    QFETCH(QByteArray, setting);
    const auto words = elsewhere([] {
      octet::configure_arithmetic(3);
      return octet::describe_arithmetic();
    });
    QVERIFY2(QByteArray::fromStdString(words).contains(setting), words.c_str());
  }

  void threads_are_those_of_the_thread_that_asked() {
    const int all = elsewhere([] { return at::get_num_threads(); });
    const int few = elsewhere([&] {
      octet::use_threads(all + 1);
      return at::get_num_threads();
    });
    QCOMPARE(few, all + 1);
    QCOMPARE(elsewhere([] { return at::get_num_threads(); }), all);
    const auto back = elsewhere([&] {
      octet::use_threads(all + 1);
      octet::use_threads(0);
      return at::get_num_threads();
    });
    QCOMPARE(back, all);
  }

  /// As many as the thread that asks has, which it keeps, and in its state.
  void work_is_done_in_parallel() {
    for (const int threads : {1, 2, 3}) {
      std::mutex mutex;
      std::set<std::thread::id> seen;
      std::vector<int> done(100);
      const int after = elsewhere([&] {
        octet::use_threads(threads);
        const c10::InferenceMode guard;
        octet::in_parallel(100, 1, [&](std::int64_t begin, std::int64_t end) {
          for (auto i = begin; i < end; ++i) ++done[static_cast<std::size_t>(i)];
          const std::lock_guard lock(mutex);
          seen.insert(std::this_thread::get_id());
          QVERIFY(c10::InferenceMode::is_enabled());
        });
        return at::get_num_threads();
      });
      QCOMPARE(static_cast<int>(seen.size()), threads);
      QCOMPARE(after, threads);
      QCOMPARE(done, std::vector<int>(100, 1));
    }
  }

  void what_fails_in_parallel_is_thrown_here() {
    octet::use_threads(2);
    COMPARE_ERROR(octet::in_parallel(8, 1,
                                     [](std::int64_t begin, std::int64_t) {
                                       if (begin > 0)
                                         throw octet::Error(octet::ErrorKind::input, "the second half");
                                     }),
                  input, "the second half");
  }

  /// The window's idle lane computes with one thread.
  void a_synthesis_after_an_idle_worker_has_its_own_threads() {
    const int all = elsewhere([] { return at::get_num_threads(); });
    const octet::Engine three(octet::test::demo_checkpoint(), {.threads = 3}),
        any(octet::test::demo_checkpoint(), {});
    elsewhere([] {
      octet::use_threads(1);
      return at::get_num_threads();
    });
    QCOMPARE(elsewhere([&] { return threads_of(any); }), all);
    QCOMPARE(elsewhere([&] { return threads_of(three); }), 3);
    const auto on_an_idle_lane = elsewhere([&] {
      octet::use_threads(1);
      return threads_of(any);
    });
    QCOMPARE(on_an_idle_lane, all);
  }

  void stage_keys_tell_numbers_of_threads_apart() {
    const auto keys = [](int threads) {
      octet::configure_arithmetic(threads);
      const auto& layers = octet::test::demo_checkpoint()->layers();
      return octet::stage_keys(octet::test::spoken(5), 2, layers,
                               octet::resolve(octet::test::plan_of("seed", Precision::bf16), layers),
                               octet::describe_arithmetic());
    };
    QCOMPARE(keys(2).encoder, keys(2).encoder);
    QVERIFY(keys(2).encoder != keys(3).encoder);
    QVERIFY(keys(2).vocoder != keys(3).vocoder);
  }
};

QTEST_GUILESS_MAIN(TestArithmetic)
#include "test_arithmetic.moc"
