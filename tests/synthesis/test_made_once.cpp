// What bound models share: one value for all who hold it, made once. Needs no Torch (tests/threads).

#include <QtTest>
#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <numeric>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "core/synthesis/made_once.h"
#include "tests/random_seed.h"

using octet::MadeOnce;

class TestMadeOnce : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void a_value_lives_as_long_as_somebody_holds_it() {
    MadeOnce<int, int> values;
    int made = 0;
    const auto make = [&] { return ++made; };
    auto first = values.get(7, make);
    const auto second = values.get(7, make);
    QCOMPARE(first, second);
    QVERIFY(values.get(8, make) != first);
    QCOMPARE(made, 2);
    first.reset();
    QCOMPARE(*values.get(7, make), 1);  // the second holder keeps it
  }

  void what_nobody_holds_is_made_anew() {
    MadeOnce<int, int> values;
    int made = 0;
    const auto make = [&] { return ++made; };
    QCOMPARE(*values.get(7, make), 1);
    QCOMPARE(*values.get(7, make), 2);
  }

  void a_failure_is_told_and_the_next_try_can_succeed() {
    MadeOnce<int, int> values;
    QVERIFY_THROWS_EXCEPTION(std::runtime_error,
                             values.get(7, []() -> int { throw std::runtime_error("not finite"); }));
    QCOMPARE(*values.get(7, [] { return 3; }), 3);
  }

  /// All threads ask for the same keys at the same moment, each in an order of its own.
  void several_threads_get_one_object_made_once() {
    const auto seed = octet::test::random_seed();
    constexpr int kThreads = 4, kKeys = 16, kRounds = 50;
    MadeOnce<int, std::vector<int>> values;
    std::atomic<int> making = 0, beside_another = 0, wrong = 0;
    std::array<std::atomic<int>, kKeys> made{};
    std::barrier together(kThreads);
    const auto work = [&](unsigned thread) {
      std::mt19937 random(seed + thread);
      std::vector<int> keys(kKeys);
      std::iota(keys.begin(), keys.end(), 0);
      for (int round = 0; round < kRounds; ++round) {
        std::ranges::shuffle(keys, random);
        std::vector<std::shared_ptr<const std::vector<int>>> held;
        together.arrive_and_wait();
        for (const int key : keys) {
          held.push_back(values.get(key, [&] {
            beside_another += making.fetch_add(1) != 0;
            ++made[static_cast<std::size_t>(key)];
            std::vector<int> value(100, key);
            making.fetch_sub(1);
            return value;
          }));
          wrong += *held.back() != std::vector<int>(100, key);
        }
        together.arrive_and_wait();  // until all hold all
      }
    };
    {
      std::vector<std::jthread> threads;
      for (unsigned thread = 0; thread < kThreads; ++thread) threads.emplace_back(work, thread);
    }
    QCOMPARE(wrong.load(), 0);
    QCOMPARE(beside_another.load(), 0);
    // Once a round: all held it together, and all had let go when the next round began.
    for (const auto& count : made) QCOMPARE(count.load(), kRounds);
  }
};

QTEST_GUILESS_MAIN(TestMadeOnce)
#include "test_made_once.moc"
