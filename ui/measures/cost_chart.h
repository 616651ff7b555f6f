#pragma once

#include <optional>

#include "ui/measures/plan_times.h"
#include "ui/plots/chart.h"
#include "ui/runs/run.h"

namespace octet::ui {

/// Time of each stage, what the weights take, and on a GPU the memory of stages: of each run as it was made,
/// or of plans that were timed in turn.
class CostChart : public Chart {
  Q_OBJECT

 public:
  explicit CostChart(QWidget* parent = nullptr);
  void setRuns(const Runs& runs);
  /// Shown in the place of the runs' own.
  void setTimes(const std::optional<PlanTimes>& times);

 protected:
  void draw() override;

 private:
  /// A bar for each of `names`, of parts, seconds [run][stage], and of what is between them, up to the run's
  /// whole.
  void drawBars(const QStringList& names, std::vector<std::string> stages,
                std::vector<std::vector<double>> seconds, const std::vector<double>& wholes);
  void nameParts(const std::vector<std::string>& stages, const std::vector<double>& seconds, int key,
                 double longer_than);
  void drawRuns();
  void drawTimes();
  void drawSpread();
  void fillTable(const std::vector<std::string>& stages, bool on_gpu, const std::vector<double>& seconds);
  void fillTimes();

  Runs runs_;
  std::optional<PlanTimes> times_;
};

}  // namespace octet::ui
