#pragma once

#include <map>
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
  /// `analysis` may be empty: not measured yet.
  void setRuns(const Runs& runs, const Analysis& analysis);
  /// Takes the floors of its clips.
  void setReport(const Report& report);
  void setClip(const ClipResult& clip);

 protected:
  void draw() override;

 private:
  double rise(std::size_t run, std::size_t band) const;
  void drawBars();
  void drawFloor(const FloatFloor& floor, Qt::PenStyle style);
  void drawAxes(const std::vector<FloatFloor>& floors);
  void fillTable(const std::vector<FloatFloor>& floors);

  Runs runs_;
  Analysis analysis_;
  std::map<QString, std::vector<FloatFloor>> floors_;  // by clip
};

}  // namespace octet::ui
