#pragma once

#include <QObject>
#include <QString>
#include <set>
#include <utility>

#include "ui/jobs/job_runner.h"

namespace octet::ui {

/// Jobs of one lane that a person asked for as one thing: cancelled together, and one line where jobs are
/// listed. Others may use the lane too.
class JobGroup : public QObject {
  Q_OBJECT

 public:
  using Id = JobRunner::Id;

  /// `lane` outlives this.
  explicit JobGroup(JobRunner& lane, QObject* parent = nullptr);

  /// What it is called from now on.
  void setTitle(const QString& title) { title_ = title; }
  const QString& title() const { return title_; }

  /// JobRunner::run, as one of these.
  template <typename Work, typename Done>
  void run(const QString& title, QObject* context, Work work, Done done) {
    submitting_ = true;
    lane_.run(title, context, std::move(work), std::move(done));
  }
  /// All that are queued or run.
  void cancel();

  JobRunner& lane() const { return lane_; }
  bool contains(Id id) const { return jobs_.contains(id); }
  bool active() const { return !jobs_.empty(); }
  /// Jobs since it was last idle.
  int total() const { return total_; }

 Q_SIGNALS:
  void activeChanged(bool active);

 private:
  JobRunner& lane_;
  QString title_;
  bool submitting_ = false;
  int total_ = 0;
  std::set<Id> jobs_;  // queued or running
};

}  // namespace octet::ui
