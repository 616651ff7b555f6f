// Jobs on a lane: order, cancelling, failures, and the end of the lane itself.

#include <QTest>
#include <atomic>
#include <mutex>
#include <new>
#include <semaphore>
#include <string>
#include <vector>

#include "core/job_lane.h"

namespace {

using octet::Error;
using octet::ErrorKind;
using octet::Job;
using octet::JobControl;
using octet::JobLane;

/// What was heard, in order, from any thread.
class Diary {
 public:
  void note(std::string what) {
    const std::lock_guard lock(mutex_);
    notes_.push_back(std::move(what));
  }
  std::vector<std::string> notes() const {
    const std::lock_guard lock(mutex_);
    return notes_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> notes_;
};

std::string outcome(const std::optional<Error>& error) {
  return error ? std::to_string(static_cast<int>(error->kind())) : "done";
}

}  // namespace

class JobLaneTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void jobs_run_one_at_a_time_in_the_order_they_came() {
    Diary diary;
    std::atomic<int> running = 0;
    {
      JobLane lane;
      std::binary_semaphore last(0);
      for (int i = 0; i < 20; ++i) {
        Job job;
        job.work = [&, i](const JobControl&) {
          diary.note((running.fetch_add(1) == 0 ? "" : "beside another: ") + std::to_string(i));
          running.fetch_sub(1);
        };
        if (i == 19) job.ended = [&](const auto&) { last.release(); };
        lane.submit(std::move(job));
      }
      last.acquire();
    }
    std::vector<std::string> expected;
    for (int i = 0; i < 20; ++i) expected.push_back(std::to_string(i));
    QVERIFY(diary.notes() == expected);
  }

  void a_running_job_stops_at_its_next_report_and_a_waiting_one_never_begins() {
    Diary diary;
    JobLane lane;
    std::binary_semaphore began(0), ended(0);
    Job first;
    first.work = [&](const JobControl& control) {
      began.release();
      for (;;) control.at({"endless", 0, 0});
    };
    first.ended = [&](const auto& error) { diary.note("first " + outcome(error)); };
    const auto running = lane.submit(std::move(first));
    Job second;
    second.work = [&](const JobControl&) { diary.note("second ran"); };
    second.started = [&] { diary.note("second began"); };
    second.ended = [&](const auto& error) {
      diary.note("second " + outcome(error));
      ended.release();
    };
    const auto waiting = lane.submit(std::move(second));
    began.acquire();
    lane.cancel(waiting);
    lane.cancel(running);
    ended.acquire();
    QVERIFY((diary.notes() == std::vector<std::string>{"first 5", "second 5"}));
  }

  void a_failure_ends_its_job_only() {
    Diary diary;
    JobLane lane;
    std::binary_semaphore last(0);
    const auto submit = [&](std::function<void(const JobControl&)> work) {
      Job job;
      job.work = std::move(work);
      job.ended = [&](const auto& error) {
        diary.note(outcome(error) + (error ? std::string(" ") + error->what() : ""));
        if (diary.notes().size() == 4) last.release();
      };
      lane.submit(std::move(job));
    };
    submit([](const JobControl&) { throw Error(ErrorKind::input, "no such file"); });
    submit([](const JobControl&) { throw std::bad_alloc(); });
    submit([](const JobControl&) { throw std::runtime_error("a surprise"); });
    submit([](const JobControl&) {});
    last.acquire();
    QVERIFY((diary.notes() == std::vector<std::string>{"3 no such file", "4 there is not enough memory",
                                                       "1 unexpected: a surprise", "done"}));
  }

  void the_end_of_the_lane_cancels_and_tells_everybody() {
    Diary diary;
    std::binary_semaphore began(0);
    {
      JobLane lane;
      for (int i = 0; i < 3; ++i) {
        Job job;
        job.work = [&](const JobControl& control) {
          began.release();
          for (;;) control.at({"endless", 0, 0});
        };
        job.ended = [&](const auto& error) { diary.note(outcome(error)); };
        lane.submit(std::move(job));
      }
      began.acquire();
    }
    QVERIFY((diary.notes() == std::vector<std::string>{"5", "5", "5"}));
  }

  void a_job_may_submit_another() {
    JobLane lane;
    std::binary_semaphore done(0);
    Job outer;
    outer.work = [&](const JobControl&) {
      Job inner;
      inner.work = [](const JobControl&) {};
      inner.ended = [&](const auto&) { done.release(); };
      lane.submit(std::move(inner));
    };
    lane.submit(std::move(outer));
    QVERIFY(done.try_acquire_for(std::chrono::seconds(60)));
  }
};

QTEST_GUILESS_MAIN(JobLaneTest)
#include "test_job_lane.moc"
