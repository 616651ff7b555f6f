#pragma once

#include <QLabel>
#include <array>
#include <memory>
#include <optional>

#include "ui/jobs/job_runner.h"
#include "ui/runs/run.h"
#include "ui/timeline/timeline.h"

namespace octet::ui {

/// A stretch of one run, to be held against the same of its reference.
struct Excerpt {
  std::shared_ptr<const Run> reference, test;
  std::shared_ptr<const Run> other_take;  ///< the reference under other noise; nullptr: not there yet
  TimeSpan span;

  bool operator==(const Excerpt&) const = default;
};

/// A line with a few measures of what is selected alone, each beside what other noise does there. Hidden
/// where nothing is selected.
class SelectionScores : public QLabel {
  Q_OBJECT

 public:
  /// Measures on `lane`, which outlives this.
  explicit SelectionScores(JobRunner& lane, QWidget* parent = nullptr);

  void setExcerpt(const std::optional<Excerpt>& excerpt);

 private:
  JobRunner& lane_;
  std::optional<JobRunner::Id> job_;
  std::optional<Excerpt> excerpt_;
};

}  // namespace octet::ui
