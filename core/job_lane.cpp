#include "core/job_lane.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <new>
#include <stop_token>
#include <thread>

namespace octet {

std::optional<Error> outcome_of(const std::function<void()>& work) {
  try {
    work();
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  } catch (const std::bad_alloc&) {
    return Error(ErrorKind::device, "there is not enough memory",
                 "close other programs, or ask for less at once");
  } catch (const std::exception& unexpected) {
    return Error(ErrorKind::check_failed, std::string("unexpected: ") + unexpected.what());
  }
}

namespace {

void carry_out(const Job& job, const JobControl& control) {
  if (control.stop.stop_requested()) throw Error(ErrorKind::cancelled, "cancelled before it began");
  if (job.started) job.started();
  job.work(control);
}

struct Entry {
  JobLane::Id id;
  Job job;
  std::stop_source stop;
};

}  // namespace

struct JobLane::State {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::deque<std::shared_ptr<Entry>> queue;  // the front one runs
  Id last = 0;
  std::jthread thread;

  void serve(const std::stop_token& leaving) {
    std::unique_lock lock(mutex);
    for (;;) {
      wake.wait(lock, leaving, [&] { return !queue.empty(); });
      if (queue.empty()) return;  // leaving, and everybody has been told
      const auto entry = queue.front();
      lock.unlock();
      const auto outcome = outcome_of([&] {
        carry_out(entry->job, {entry->stop.get_token(), entry->job.progressed});
      });
      if (entry->job.ended) entry->job.ended(outcome);
      entry->job = {};  // what it holds may be large, and must not die under the lock
      lock.lock();
      queue.pop_front();
    }
  }
};

JobLane::JobLane() : state_(std::make_unique<State>()) {
  state_->thread =
      std::jthread([state = state_.get()](const std::stop_token& leaving) { state->serve(leaving); });
}

JobLane::~JobLane() {
  cancel_all();
  state_->thread.request_stop();
  state_->thread.join();
}

JobLane::Id JobLane::submit(Job job) {
  const std::lock_guard lock(state_->mutex);
  const auto id = ++state_->last;
  state_->queue.push_back(std::make_shared<Entry>(Entry{id, std::move(job), {}}));
  state_->wake.notify_one();
  return id;
}

void JobLane::cancel(Id id) {
  const std::lock_guard lock(state_->mutex);
  for (const auto& entry : state_->queue)
    if (entry->id == id) entry->stop.request_stop();
}

void JobLane::cancel_all() {
  const std::lock_guard lock(state_->mutex);
  for (const auto& entry : state_->queue) entry->stop.request_stop();
}

}  // namespace octet
