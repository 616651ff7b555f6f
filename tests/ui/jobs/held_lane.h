#pragma once

#include <semaphore>

#include "ui/jobs/job_runner.h"

namespace octet::test {

/// A lane that is busy until it is let go, as by a disk that sleeps; what is asked of it waits.
class HeldLane {
 public:
  explicit HeldLane(ui::JobRunner& lane) {
    lane.run(
        "slow", &context_, [this](const JobControl&) { return go_.acquire(), 0; }, [](int) {});
  }
  void let_go() { go_.release(); }

 private:
  QObject context_;
  std::binary_semaphore go_{0};
};

}  // namespace octet::test
