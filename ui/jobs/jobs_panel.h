#pragma once

#include <QElapsedTimer>
#include <QWidget>
#include <map>

#include "ui/jobs/job_runner.h"

class QLabel;
class QTreeWidget;
class QTreeWidgetItem;

namespace octet::ui {

/// All jobs of the lanes it watches: what runs with its stage, steps and time left, what waits, and the last
/// that ended. Each can be cancelled.
class JobsPanel : public QWidget {
  Q_OBJECT

 public:
  explicit JobsPanel(QWidget* parent = nullptr);

  void watch(JobRunner& lane);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  struct Row;

  void add(JobRunner& lane, JobRunner::Id id, const QString& title);
  void showProgress(Row& row, const Progress& progress);
  void end(Row& row, const JobEnd& end);
  void colour(Row& row);
  void forgetOldest();

  QTreeWidget* table_;
  QLabel* empty_;
  std::map<std::pair<JobRunner*, JobRunner::Id>, std::unique_ptr<Row>> rows_;

 public:
  ~JobsPanel() override;
};

/// How long until `done` of `total` equal parts, of which `done` took `seconds`, are all done, as a person
/// says it: "3 s", "2 min"; empty while it cannot be told.
QString time_left(double seconds, int done, int total);

}  // namespace octet::ui
