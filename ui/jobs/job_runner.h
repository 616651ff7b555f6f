#pragma once

#include <QObject>
#include <QPointer>
#include <QString>
#include <functional>
#include <memory>
#include <utility>

#include "core/job_lane.h"

namespace octet::ui {

/// How a job ended.
struct JobEnd {
  std::optional<Error> error;  ///< empty: it succeeded

  bool succeeded() const { return !error; }
  bool cancelled() const { return error && error->kind() == ErrorKind::cancelled; }
};

/// The one bridge between core's jobs and the window: work runs on a lane of its own, all that is heard of it
/// comes on this object's thread. Destroying it cancels everything and waits.
class JobRunner : public QObject {
  Q_OBJECT

 public:
  using Id = JobLane::Id;

  explicit JobRunner(QObject* parent = nullptr);
  ~JobRunner() override;

  /// Queues `work`; `done` gets its result on this thread, unless it failed or was cancelled. Once `context`
  /// is gone there is nobody for the result, and the work is cancelled: what writes a file is given one that
  /// stays. `title` says in words for a person what is done. Failures, also what `done` throws, are told by
  /// `ended`.
  template <typename Work, typename Done>
  Id run(const QString& title, QObject* context, Work work, Done done) {
    using Result = decltype(work(std::declval<const JobControl&>()));
    auto result = std::make_shared<std::optional<Result>>();
    return submit(
        title, *context,
        [work = std::move(work), result](const JobControl& control) { result->emplace(work(control)); },
        [context = QPointer<QObject>(context), done = std::move(done), result] {
          if (context && *result) done(std::move(**result));
        });
  }

  void cancel(Id id);
  void cancelAll();
  /// Waits until all that was queued has ended; what came of it is told later.
  void finish();
  /// Jobs that are queued or run.
  int pending() const { return pending_; }

 Q_SIGNALS:
  void queued(octet::ui::JobRunner::Id id, const QString& title);
  void started(octet::ui::JobRunner::Id id);
  /// Steps that come faster than the window draws are skipped; the last state is never lost.
  void progressed(octet::ui::JobRunner::Id id, const octet::Progress& progress);
  /// After the result was handed over.
  void ended(octet::ui::JobRunner::Id id, const octet::ui::JobEnd& end);
  /// From the lane's thread: a letter is there.
  void lettersCame(QPrivateSignal);

 private:
  class Letters;

  Id submit(const QString& title, const QObject& context, std::function<void(const JobControl&)> work,
            std::function<void()> done);
  void readOne();

  int pending_ = 0;
  std::unique_ptr<Letters> letters_;
  std::unique_ptr<JobLane> lane_;
};

}  // namespace octet::ui
