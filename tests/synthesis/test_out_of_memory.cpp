#include <QtTest>
#include <random>

#include "tests/demo_voice.h"
#include "tests/failing_allocations.h"
#include "tests/random_seed.h"

using octet::Precision;
using octet::test::spoken;

class TestOutOfMemory : public QObject {
  Q_OBJECT

  octet::test::FailingAllocations& allocations_ = octet::test::FailingAllocations::install();
  const octet::Engine engine_{octet::test::demo_checkpoint(), {}, /*stage_cache_bytes=*/64'000'000};

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

 private Q_SLOTS:
  /// Wherever it strikes, from reading weights to the last sample, and the engine is as good as before.
  void memory_that_runs_out_anywhere_is_said_and_survived() {
    const auto plan = octet::test::plan_of("seed", Precision::bf16);
    const octet::Engine plain(octet::test::demo_checkpoint(), {});
    auto request = spoken(3, 2);
    const auto begin = allocations_.count();
    const auto expected = plain.synthesize(*plain.bind(plan), request, {});
    const auto all = allocations_.count() - begin;

    const auto seed = octet::test::random_seed();
    qInfo("%lld allocations", static_cast<long long>(all));
    std::mt19937_64 random(seed);
    constexpr std::int64_t kCases = 24;
    for (std::int64_t i = 0; i < kCases; ++i) {  // one in each of as many equal parts of the work
      const auto after = (i * all + static_cast<std::int64_t>(random() % std::uint64_t(all))) / kCases;
      const octet::Engine engine(octet::test::demo_checkpoint(), {}, /*stage_cache_bytes=*/64'000'000);
      const auto model = engine.bind(plan);
      allocations_.fail_after(after);
      QVERIFY2(says_what_to_do([&] { (void)engine.synthesize(*model, request, {}); }),
               QByteArray::number(qint64(after)));
      QVERIFY(!allocations_.take_back());
      QVERIFY(engine.synthesize(*model, request, {}).waveform == expected.waveform);
    }
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
};

QTEST_GUILESS_MAIN(TestOutOfMemory)
#include "test_out_of_memory.moc"
