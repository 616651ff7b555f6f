// The cache by itself: its budget, its order, and several threads at once. Needs no Torch (tests/threads).

#include <QtTest>
#include <algorithm>
#include <atomic>
#include <random>
#include <thread>
#include <vector>

#include "core/synthesis/stage_cache.h"
#include "tests/random_seed.h"

using octet::HostTensors;
using octet::StageCache;

namespace {

/// One tensor of `bytes` whose values tell `mark`.
HostTensors tensors(std::uint64_t bytes, float mark = 0) {
  const auto count = bytes / sizeof(float);
  return {{"x", {{static_cast<std::int64_t>(count)}, std::vector<float>(count, mark)}}};
}

}  // namespace

class TestStageCache : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void the_byte_budget_holds() {
    const auto seed = octet::test::random_seed();
    std::mt19937 random(seed);
    StageCache cache(10'000);
    std::uint64_t most = 0;
    for (int i = 0; i < 1000; ++i) {
      cache.keep(std::to_string(random() % 20), tensors(random() % 12'000));
      QVERIFY(cache.bytes() <= 10'000);
      most = std::max(most, cache.bytes());
    }
    QVERIFY(most > 8'000);  // of a thousand sizes up to 12,000 some nearly fill it
  }

  void the_least_recently_used_goes_first() {
    StageCache cache(3'000);
    for (const auto* key : {"a", "b", "c"}) cache.keep(key, tensors(1'000));
    QVERIFY(cache.find("a") != nullptr);
    cache.keep("d", tensors(1'000));
    QVERIFY(cache.find("b") == nullptr);
    for (const auto* key : {"a", "c", "d"}) QVERIFY2(cache.find(key) != nullptr, key);
    cache.keep("e", tensors(2'000));  // takes the room of two: a and c
    QVERIFY(cache.find("a") == nullptr && cache.find("c") == nullptr);
    QVERIFY(cache.find("d") != nullptr && cache.find("e") != nullptr);
    QCOMPARE(cache.bytes(), std::uint64_t(3'000));
  }

  void what_is_larger_than_the_budget_pushes_nothing_out() {
    StageCache cache(1'000);
    cache.keep("a", tensors(1'000));
    cache.keep("b", tensors(1'004));
    QVERIFY(cache.find("a") != nullptr);
    QVERIFY(cache.find("b") == nullptr);
  }

  void a_key_kept_again_has_the_new_tensors_once() {
    StageCache cache(3'000);
    cache.keep("a", tensors(400, 1));
    const auto held = cache.find("a");
    cache.keep("a", tensors(800, 2));
    QCOMPARE(cache.bytes(), std::uint64_t(800));
    QCOMPARE(std::get<0>(cache.find("a")->at("x").values).front(), 2.0f);
    QCOMPARE(std::get<0>(held->at("x").values).front(), 1.0f);  // its holder still has it
  }

  /// Threads that keep, find and watch at once, over keys that do not all fit.
  void several_threads_never_see_more_than_the_budget_or_a_wrong_value() {
    const auto seed = octet::test::random_seed();
    constexpr std::uint64_t kBudget = 10'000;
    StageCache cache(kBudget);
    std::atomic<int> found = 0, wrong = 0, over = 0;
    const auto work = [&](unsigned thread) {
      std::mt19937 random(seed + thread);
      for (int i = 0; i < 2000; ++i) {
        const auto key = random() % 16;
        if (const auto kept = cache.find(std::to_string(key))) {
          // All of what a key holds was made for that key, whoever keeps it anew or pushes it out meanwhile.
          const auto& values = std::get<std::vector<float>>(kept->at("x").values);
          ++found;
          wrong += !std::ranges::all_of(values, [&](float value) { return value == float(key); });
        } else {
          cache.keep(std::to_string(key), tensors(4 * (1 + random() % 500), float(key)));
        }
      }
    };
    {
      const std::jthread watch([&](const std::stop_token& stop) {
        while (!stop.stop_requested()) over += cache.bytes() > kBudget;
      });
      std::vector<std::jthread> threads;
      for (unsigned thread = 0; thread < 4; ++thread) threads.emplace_back(work, thread);
    }
    QCOMPARE(wrong.load(), 0);
    QCOMPARE(over.load(), 0);
    QVERIFY(found > 0 && found < 8000);  // what was kept was found, and some of it was pushed out
    // The sum of bytes did not drift: one entry of the whole budget pushes out all else.
    cache.keep("all", tensors(kBudget));
    QCOMPARE(cache.bytes(), kBudget);
    QVERIFY(cache.find("all") != nullptr);
  }
};

QTEST_GUILESS_MAIN(TestStageCache)
#include "test_stage_cache.moc"
