#pragma once

#include <QAbstractTableModel>
#include <QElapsedTimer>
#include <memory>
#include <optional>
#include <vector>

#include "ui/jobs/job_group.h"

namespace octet::ui {

/// The jobs of the lanes that are watched, a row each, and one for all of a group: what runs with its stage,
/// how far it is and the time left, what waits, and the last that ended.
class JobsModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kTitle, kStage, kProgress, kTime, kCancel, kColumns };
  enum Role {
    kDoneRole = Qt::UserRole,  ///< int: parts that are done
    kTotalRole,                ///< int: of so many; 0: not known
    kOpenRole,                 ///< bool: it waits or runs
    kNowRole,                  ///< QString: what the job that runs is called, of a group its own name
  };
  static constexpr int kJobParts = 100;  ///< that each job of a group has, for the roles above

  explicit JobsModel(QObject* parent = nullptr);
  ~JobsModel() override;

  void watch(JobRunner& lane);
  /// Of a lane that is watched: its jobs are one row.
  void watch(JobGroup& group);
  /// The row's jobs, where they did not end yet.
  void cancel(int row);
  /// Row of what runs or waits first; -1: all ended.
  int current() const;

  int rowCount(const QModelIndex& parent = {}) const override;
  int columnCount(const QModelIndex& parent = {}) const override;
  QVariant data(const QModelIndex& index, int role) const override;
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

 private:
  struct Line;

  Line* lineOf(JobRunner& lane, JobRunner::Id id);
  void add(JobRunner& lane, JobRunner::Id id, const QString& title);
  void showProgress(Line& line, const Progress& progress);
  void end(Line& line, JobRunner::Id id, const JobEnd& end);
  void tell(const Line& line);
  void forgetOldest();
  static QString stageText(const Line& line);
  static QString timeText(const Line& line);

  std::vector<std::unique_ptr<Line>> lines_;
  std::vector<JobGroup*> groups_;
};

/// How long until `done` of `total` equal parts, of which `done` took `seconds`, are all done, as a person
/// says it: "3 s left", "2 min left"; empty while it cannot be told.
QString time_left(double seconds, int done, int total);

}  // namespace octet::ui
