// Between a lane and the window's thread.

#include <QSignalSpy>
#include <QTest>
#include <QThread>
#include <semaphore>
#include <stdexcept>

#include "ui/jobs/job_runner.h"
#include "ui/jobs/jobs_model.h"

using octet::Error;
using octet::ErrorKind;
using octet::JobControl;
using octet::ui::JobEnd;
using octet::ui::JobRunner;

class JobRunnerTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void results_come_on_the_windows_thread_before_the_end_is_told() {
    JobRunner runner;
    QStringList order;
    connect(&runner, &JobRunner::ended, this,
            [&](JobRunner::Id, const JobEnd& end) { order << (end.succeeded() ? "ended" : "failed"); });
    QThread* worker = nullptr;
    runner.run(
        "add", this,
        [&](const JobControl&) {
          worker = QThread::currentThread();
          return 2 + 2;
        },
        [&](int sum) {
          QCOMPARE(QThread::currentThread(), thread());
          order << QString::number(sum);
        });
    QCOMPARE(runner.pending(), 1);
    QTRY_COMPARE(order, QStringList({"4", "ended"}));
    QVERIFY(worker != thread());
    QCOMPARE(runner.pending(), 0);
  }

  void a_failure_or_a_cancel_hands_over_no_result() {
    JobRunner runner;
    int results = 0;
    QList<int> kinds;
    connect(&runner, &JobRunner::ended, this, [&](JobRunner::Id, const JobEnd& end) {
      kinds.append(end.error ? static_cast<int>(end.error->kind()) : 0);
    });
    const auto count = [&](int) { ++results; };
    runner.run(
        "fail", this, [](const JobControl&) -> int { throw Error(ErrorKind::input, "bad file"); }, count);
    std::binary_semaphore began(0);
    const auto endless = runner.run(
        "endless", this,
        [&](const JobControl& control) -> int {
          began.release();
          for (;;) control.at({"endless", 0, 0});
        },
        count);
    began.acquire();
    runner.cancel(endless);
    QTRY_COMPARE(kinds, QList<int>({3, 5}));
    QCOMPARE(results, 0);
  }

  // Were it to leave the event loop, the program would end.
  void what_a_result_makes_somebody_throw_is_told_like_a_failure() {
    JobRunner runner;
    QStringList ends;
    connect(&runner, &JobRunner::ended, this, [&](JobRunner::Id, const JobEnd& end) {
      ends << (end.error ? QString::fromUtf8(end.error->what()) : QString("succeeded"));
    });
    const auto work = [](const JobControl&) { return 1; };
    runner.run("misfit", this, work, [](int) { throw Error(ErrorKind::input, "no such layer"); });
    runner.run("odd", this, work, [](int) { throw std::logic_error("odd"); });
    runner.run("next", this, work, [](int) {});
    QTRY_COMPARE(ends, QStringList({"no such layer", "unexpected: odd", "succeeded"}));
    QCOMPARE(runner.pending(), 0);
  }

  void a_result_for_somebody_who_is_gone_is_dropped() {
    JobRunner runner;
    auto context = std::make_unique<QObject>();
    bool told = false, ended = false;
    connect(&runner, &JobRunner::ended, this, [&] { ended = true; });
    runner.run(
        "late", context.get(), [](const JobControl&) { return 1; }, [&](int) { told = true; });
    context.reset();
    QTRY_VERIFY(ended);
    QVERIFY(!told);
  }

  void work_for_somebody_who_is_gone_is_cancelled() {
    JobRunner runner;
    auto context = std::make_unique<QObject>();
    std::optional<JobEnd> end;
    connect(&runner, &JobRunner::ended, this, [&](JobRunner::Id, const JobEnd& how) { end = how; });
    std::binary_semaphore began(0);
    runner.run(
        "endless", context.get(),
        [&](const JobControl& control) -> int {
          began.release();
          for (;;) control.at({"endless", 0, 0});
        },
        [](int) {});
    began.acquire();
    context.reset();
    QTRY_VERIFY(end);
    QVERIFY(end->cancelled());
  }

  void the_last_progress_arrives_however_fast_they_come() {
    JobRunner runner;
    QList<int> seen;
    bool ended = false;
    connect(&runner, &JobRunner::progressed, this,
            [&](JobRunner::Id, const octet::Progress& progress) { seen << progress.done; });
    connect(&runner, &JobRunner::ended, this, [&] { ended = true; });
    runner.run(
        "count", this,
        [](const JobControl& control) {
          for (int i = 1; i <= 10000; ++i) control.at({"counting", i, 10000});
          return 0;
        },
        [](int) {});
    QTRY_VERIFY(ended);
    QVERIFY(!seen.isEmpty());
    QCOMPARE(seen.last(), 10000);
    QVERIFY(std::is_sorted(seen.begin(), seen.end()));
    qInfo("%lld of 10000 reports reached the window", static_cast<long long>(seen.size()));
  }

  void destroying_it_in_mid_work_waits_and_says_nothing_more() {
    std::binary_semaphore began(0);
    std::atomic<bool> left = false;
    {
      JobRunner runner;
      runner.run(
          "endless", this,
          [&](const JobControl& control) {
            began.release();
            try {
              for (;;) control.at({"endless", 0, 0});
            } catch (const Error&) {
              left = true;
              throw;
            }
            return 0;
          },
          [](int) { QFAIL("there is no result"); });
      began.acquire();
    }
    QVERIFY(left);
  }

  void time_left_is_told_once_it_can_be() {
    using octet::ui::time_left;
    QCOMPARE(time_left(5, 0, 10), QString());  // nothing done yet
    QCOMPARE(time_left(2, 5, 10), QString("2 s left"));
    QCOMPARE(time_left(60, 1, 10), QString("9 min left"));
    QCOMPARE(time_left(9, 10, 10), QString());  // done
    QCOMPARE(time_left(9, 10, 0), QString());   // of unknown length
  }
};

QTEST_MAIN(JobRunnerTest)
#include "test_job_runner.moc"
