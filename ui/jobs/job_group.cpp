#include "ui/jobs/job_group.h"

namespace octet::ui {

JobGroup::JobGroup(JobRunner& lane, QObject* parent) : QObject(parent), lane_(lane) {
  connect(&lane_, &JobRunner::queued, this, [this](Id id) {
    if (!std::exchange(submitting_, false)) return;
    if (!active()) total_ = 0;
    ++total_;
    jobs_.insert(id);
    if (jobs_.size() == 1) Q_EMIT activeChanged(true);
  });
  connect(&lane_, &JobRunner::ended, this, [this](Id id) {
    if (jobs_.erase(id) > 0 && !active()) Q_EMIT activeChanged(false);
  });
}

void JobGroup::cancel() {
  for (const auto id : std::set(jobs_)) lane_.cancel(id);
}

}  // namespace octet::ui
