#pragma once

#include "ui/measures/analysis.h"
#include "ui/plots/chart.h"

namespace octet::ui {

/// Level of each run in the reference's pauses, by band: hiss that quantization adds shows here first.
class NoiseChart : public Chart {
  Q_OBJECT

 public:
  explicit NoiseChart(QWidget* parent = nullptr);
  /// `analysis` may be empty: not measured yet.
  void setRuns(const Runs& runs, const Analysis& analysis);

 protected:
  void draw() override;

 private:
  Runs runs_;
  Analysis analysis_;
};

}  // namespace octet::ui
