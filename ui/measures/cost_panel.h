#pragma once

#include <QWidget>
#include <optional>

#include "ui/measures/plan_times.h"
#include "ui/runs/run.h"

class QPushButton;

namespace octet::ui {

class CostChart;

/// What runs cost, and a button that has their plans timed side by side.
class CostPanel : public QWidget {
  Q_OBJECT

 public:
  explicit CostPanel(QWidget* parent = nullptr);

  void setRuns(const Runs& runs);
  void setTimes(const std::optional<PlanTimes>& times);
  /// Whether it is being done.
  void setTiming(bool timing);

 Q_SIGNALS:
  void timesRequested();

 private:
  CostChart* chart_;
  QPushButton* time_;
};

}  // namespace octet::ui
