#pragma once

#include <string>
#include <vector>

#include "core/metrics/report.h"
#include "ui/measures/analysis.h"
#include "ui/plots/chart.h"

namespace octet::ui {

/// Where a run's error comes from: how far it is from the reference after the encoder, each Euler step,
/// pitch, source and vocoder; beside how far bf16 is from fp32, the clip's floor.
class StepChart : public Chart {
  Q_OBJECT

 public:
  explicit StepChart(QWidget* parent = nullptr);
  /// `analysis` and `floors`, of the runs' clip, may be empty: not measured yet.
  void setRuns(const Runs& runs, const Analysis& analysis, const std::vector<FloatFloor>& floors);

 protected:
  void draw() override;
  QString nameOf(double key) const override;

 private:
  /// What stands in a column: a run, or the clip's floor.
  struct Column {
    QString name;
    QPen pen;
    QCPScatterStyle dot;
    std::vector<StageError> errors;
  };

  std::vector<Column> columns() const;
  void drawAxes(const std::vector<std::string>& stages, const std::vector<double>& places);
  void scaleErrors(const std::vector<Column>& columns);
  void drawColumn(const Column& column, const std::vector<std::string>& stages,
                  const std::vector<double>& places);
  void fillTable(const std::vector<Column>& columns, const std::vector<std::string>& stages);

  Runs runs_;
  Analysis analysis_;
  std::vector<FloatFloor> floors_;
  std::map<double, QString> names_;  // of stages, by their places
};

}  // namespace octet::ui
