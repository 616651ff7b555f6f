#pragma once

#include "ui/measures/chart.h"
#include "ui/runs/run.h"

namespace octet::ui {

/// Time of each stage of each run, what its weights take, and on a GPU the memory of stages.
class CostChart : public Chart {
  Q_OBJECT

 public:
  explicit CostChart(QWidget* parent = nullptr);
  void setRuns(const Runs& runs);

 protected:
  void draw() override;

 private:
  void fillTable(const std::vector<std::string>& stages, bool on_gpu, const std::vector<double>& seconds);

  Runs runs_;
};

}  // namespace octet::ui
