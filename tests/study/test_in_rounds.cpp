// Work shared among threads: order, the first failure, stopping.

#include <QtTest>
#include <atomic>
#include <latch>
#include <set>
#include <thread>
#include <vector>

#include "core/error.h"
#include "core/study/in_rounds.h"
#include "tests/checkpoint/tensor_files.h"

using namespace octet;

class TestInRounds : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void each_piece_is_done_once_by_its_worker_and_handed_out_in_order() {
    for (const std::size_t workers : {1U, 2U, 3U, 8U})
      for (const std::size_t pieces : {0U, 1U, 2U, 7U, 30U}) {
        std::vector<std::size_t> by(pieces, 99), handed_out;
        in_rounds(
            pieces, workers, {},
            [&](std::size_t worker, std::size_t piece, const std::stop_token&) { by[piece] = worker; },
            [&](std::size_t piece) { handed_out.push_back(piece); });
        QCOMPARE(handed_out.size(), pieces);
        for (std::size_t i = 0; i < pieces; ++i) {
          QCOMPARE(handed_out[i], i);
          QCOMPARE(by[i], i % workers);
        }
      }
  }

  void what_is_ready_early_waits_for_those_before_it() {
    std::latch second_is_ready(1);
    std::vector<std::size_t> handed_out;
    in_rounds(
        4, 2, {},
        [&](std::size_t, std::size_t piece, const std::stop_token&) {
          if (piece == 3) second_is_ready.count_down();  // 1 was done before
          if (piece == 0) second_is_ready.wait();
        },
        [&](std::size_t piece) { handed_out.push_back(piece); });
    QCOMPARE(handed_out, (std::vector<std::size_t>{0, 1, 2, 3}));
  }

  void the_first_failure_stops_the_others_and_is_the_one_that_is_told() {
    std::latch waits(1);
    std::atomic<int> begun = 0;
    COMPARE_ERROR(in_rounds(
                      100, 2, {},
                      [&](std::size_t, std::size_t piece, const std::stop_token& stop) {
                        ++begun;
                        if (piece == 1) {
                          waits.wait();
                          throw Error(ErrorKind::input, "the first");
                        }
                        waits.count_down();
                        while (!stop.stop_requested()) std::this_thread::yield();
                        throw Error(ErrorKind::cancelled, "a later one");
                      },
                      [](std::size_t) {}),
                  input, "the first");
    QCOMPARE(begun.load(), 2);
  }

  void a_piece_that_cannot_be_handed_out_ends_it() {
    std::set<std::size_t> handed_out;
    COMPARE_ERROR(in_rounds(
                      50, 3, {}, [](std::size_t, std::size_t, const std::stop_token&) {},
                      [&](std::size_t piece) {
                        handed_out.insert(piece);
                        if (piece == 4) throw Error(ErrorKind::output, "full");
                      }),
                  output, "full");
    QCOMPARE(handed_out, (std::set<std::size_t>{0, 1, 2, 3, 4}));
  }

  void once_a_stop_is_asked_for_nothing_is_begun() {
    std::stop_source stop;
    int begun = 0;
    COMPARE_ERROR(in_rounds(
                      10, 1, stop.get_token(),
                      [&](std::size_t, std::size_t piece, const std::stop_token&) {
                        ++begun;
                        if (piece == 2) stop.request_stop();
                      },
                      [](std::size_t) {}),
                  cancelled, "cancelled");
    QCOMPARE(begun, 3);
  }
};

QTEST_GUILESS_MAIN(TestInRounds)
#include "test_in_rounds.moc"
