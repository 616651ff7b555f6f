#pragma once

#include "ui/plots/chart.h"
#include "ui/risks/risk_picture.h"

namespace octet::ui {

/// One plot of a risk's picture, with its floors.
class RiskChart : public Chart {
  Q_OBJECT

 public:
  explicit RiskChart(QWidget* parent = nullptr);

  /// `slot` is that of the plan, which gives it its colour.
  void setPlot(const RiskPlot& plot, int slot);
  /// In place of a plot.
  void setHint(const QString& hint);

 protected:
  void draw() override;

 private:
  void drawAxes();
  void drawMarked();
  void drawSeries(const RiskSeries& series, int bar, int bars);
  QPen penOf(RiskRole role) const;

  RiskPlot shown_;
  QString advice_;
  int slot_ = 1;
};

}  // namespace octet::ui
