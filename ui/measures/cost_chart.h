#pragma once

#include "ui/measures/chart.h"
#include "ui/runs/run.h"

namespace octet::ui {

/// Time and memory of each stage of each run.
class CostChart : public Chart {
  Q_OBJECT

 public:
  explicit CostChart(QWidget* parent = nullptr);
  void setRuns(const Runs& runs);

 protected:
  void draw() override;

 private:
  Runs runs_;
};

}  // namespace octet::ui
