#pragma once

#include <QWidget>
#include <filesystem>

#include "core/sets/reference_set.h"
#include "ui/jobs/job_runner.h"

class QLabel;
class QTreeWidget;

namespace octet::ui {

/// A reference set as it is described: its clips with their tags, and what it lacks.
class SetView : public QWidget {
  Q_OBJECT

 public:
  /// Folders are read on `lane`, which outlives this: a network may answer late.
  explicit SetView(JobRunner& lane, QWidget* parent = nullptr);

  /// Of a folder that is no set says so; an empty path shows nothing.
  void setFolder(const std::filesystem::path& folder);

 private:
  void showSet(const ReferenceSet& set);

  JobRunner& lane_;
  std::filesystem::path folder_;
  QLabel* summary_;
  QTreeWidget* clips_;
  QLabel* lacks_;
};

}  // namespace octet::ui
