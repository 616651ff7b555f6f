#include "ui/jobs/job_runner.h"

#include <deque>
#include <mutex>
#include <semaphore>

namespace octet::ui {
namespace {

/// The newest progress of a job, on its way to the window: steps that come faster than it draws are skipped.
class Mailbox {
 public:
  /// True when somebody has to be sent to fetch it.
  bool put(const Progress& progress) {
    const std::lock_guard lock(mutex_);
    newest_ = progress;
    return !std::exchange(waiting_, true);
  }
  Progress take() {
    const std::lock_guard lock(mutex_);
    waiting_ = false;
    return newest_;
  }

 private:
  std::mutex mutex_;
  Progress newest_;
  bool waiting_ = false;
};

}  // namespace

/// What the lane's thread has to say, in order. Under a lock of ours, not inside Qt's events: so a checker of
/// threads sees what belongs to whom.
class JobRunner::Letters {
 public:
  void put(std::function<void()> letter) {
    const std::lock_guard lock(mutex_);
    letters_.push_back(std::move(letter));
  }
  std::function<void()> take() {
    const std::lock_guard lock(mutex_);
    auto first = std::move(letters_.front());
    letters_.pop_front();
    return first;
  }

 private:
  std::mutex mutex_;
  std::deque<std::function<void()>> letters_;
};

JobRunner::JobRunner(QObject* parent)
    : QObject(parent), letters_(std::make_unique<Letters>()), lane_(std::make_unique<JobLane>()) {
  connect(this, &JobRunner::lettersCame, this, &JobRunner::readOne, Qt::QueuedConnection);
}

// The lane goes first: nothing may call into an object half gone.
JobRunner::~JobRunner() { lane_.reset(); }

void JobRunner::readOne() { letters_->take()(); }

void JobRunner::cancel(Id id) { lane_->cancel(id); }
void JobRunner::cancelAll() { lane_->cancel_all(); }

void JobRunner::finish() {
  std::binary_semaphore over{0};
  lane_->submit({.work = [&over](const JobControl&) { over.release(); }});
  over.acquire();
}

JobRunner::Id JobRunner::submit(const QString& title, const QObject& context,
                                std::function<void(const JobControl&)> work, std::function<void()> done) {
  // The lane may begin before its id is known here, but this thread hears of it only later.
  const auto id = std::make_shared<Id>(0);
  const auto gone = std::make_shared<QMetaObject::Connection>();
  const auto mailbox = std::make_shared<Mailbox>();
  const auto tell = [this](std::function<void()> what) {
    letters_->put(std::move(what));
    Q_EMIT lettersCame(QPrivateSignal());
  };
  Job job;
  job.work = std::move(work);
  job.started = [this, tell, id] { tell([this, id] { Q_EMIT started(*id); }); };
  job.progressed = [this, tell, id, mailbox](const Progress& progress) {
    if (mailbox->put(progress)) tell([this, id, mailbox] { Q_EMIT progressed(*id, mailbox->take()); });
  };
  job.ended = [this, tell, id, gone, done = std::move(done)](const std::optional<Error>& error) {
    tell([this, id, gone, done, error] {
      disconnect(*gone);
      --pending_;
      // A result that cannot be used is a failure like that of the work.
      Q_EMIT ended(*id, JobEnd{error ? error : outcome_of(done)});
    });
  };
  ++pending_;
  *id = lane_->submit(std::move(job));
  *gone = connect(&context, &QObject::destroyed, this, [this, id = *id] { cancel(id); });
  Q_EMIT queued(*id, title);
  return *id;
}

}  // namespace octet::ui
