#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "core/error.h"
#include "core/progress.h"

namespace octet {

/// What `work` threw, as an Error; empty when it did not.
std::optional<Error> outcome_of(const std::function<void()>& work);

/// A long work and who hears of it. The callbacks come on the lane's thread.
struct Job {
  std::function<void(const JobControl&)> work;
  std::function<void()> started = {};
  std::function<void(const Progress&)> progressed = {};
  /// Exactly once for every job, also for one that was cancelled before it began. Empty: it succeeded.
  std::function<void(std::optional<Error>)> ended = {};
};

/// Runs jobs one after the other on a thread of its own, in the order they came: a device does one thing at a
/// time. Safe to use from any thread.
class JobLane {
 public:
  using Id = std::uint64_t;

  JobLane();
  /// Cancels everything, waits for the job that runs, and tells all that are left that they were cancelled.
  ~JobLane();
  JobLane(const JobLane&) = delete;
  JobLane& operator=(const JobLane&) = delete;

  Id submit(Job job);
  /// Asks a job to stop, or takes it from the queue. Nothing happens when it has ended already.
  void cancel(Id id);
  void cancel_all();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace octet
