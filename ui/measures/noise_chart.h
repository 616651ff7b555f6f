#pragma once

#include <vector>

#include "core/metrics/report.h"
#include "ui/measures/analysis.h"
#include "ui/plots/chart.h"

namespace octet::ui {

/// By how much each run is above the reference in the reference's pauses, by band, beside what float runs
/// differ by: hiss that quantization adds shows here first.
class NoiseChart : public Chart {
  Q_OBJECT

 public:
  explicit NoiseChart(QWidget* parent = nullptr);
  /// `analysis` and `floors`, of the runs' clip, may be empty: not measured yet.
  void setRuns(const Runs& runs, const Analysis& analysis, const std::vector<FloatFloor>& floors);

 protected:
  void draw() override;

 private:
  double rise(std::size_t run, std::size_t band) const;
  void drawBars();
  void drawFloor(std::size_t floor);
  void drawAxes();
  void fillTable();

  Runs runs_;
  Analysis analysis_;
  std::vector<FloatFloor> floors_;
};

}  // namespace octet::ui
