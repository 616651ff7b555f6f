#pragma once

#include <QDialog>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "core/synthesis/stream_memory.h"
#include "ui/jobs/lanes.h"

class QLabel;
class QPushButton;
class QTreeWidget;

namespace octet::ui {

/// How many syntheses at once fit on GPUs of 6 to 80 GB under a plan: as this machine's GPU measures it, or
/// as another did (`octet plan streams --json`). Closed, it gives up measuring.
class StreamsDialog : public QDialog {
  Q_OBJECT

 public:
  /// `resolved` is the plan applied to `checkpoint`. The lanes outlive the dialog. `device` is named as
  /// parse_device reads it.
  StreamsDialog(std::shared_ptr<const Checkpoint> checkpoint, ResolvedPlan resolved, Lanes& lanes,
                std::string device, QWidget* parent = nullptr);

  void measure();
  void read(const std::filesystem::path& path);

 private:
  void run(JobRunner& lane, const QString& title, std::function<StreamMeasures(const JobControl&)> measures);
  void showMeasures(const StreamMeasures& measures);
  void ended(const JobEnd& end);
  void choose();

  std::shared_ptr<const Checkpoint> checkpoint_;
  ResolvedPlan resolved_;
  Lanes& lanes_;
  std::string device_;
  JobRunner* lane_ = nullptr;
  std::optional<JobRunner::Id> job_;  ///< on lane_
  QLabel* said_;
  QTreeWidget* table_;
  QPushButton* measure_;
  QPushButton* open_;
};

}  // namespace octet::ui
