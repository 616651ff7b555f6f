#pragma once

#include "ui/measures/analysis.h"
#include "ui/measures/chart.h"

namespace octet::ui {

/// Where a run's error comes from: how far it is from the reference after the encoder, each Euler step,
/// pitch, source and vocoder.
class StepChart : public Chart {
  Q_OBJECT

 public:
  explicit StepChart(QWidget* parent = nullptr);
  /// `analysis` may be empty: not measured yet.
  void setRuns(const Runs& runs, const Analysis& analysis);

 protected:
  void draw() override;

 private:
  Runs runs_;
  Analysis analysis_;
};

}  // namespace octet::ui
