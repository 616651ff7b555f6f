#pragma once

#include "ui/inspector/layer_chart.h"

namespace octet::ui {

/// From which size on a feature of a layer's input is an outlier: as its recipe says, else as LLM.int8() has
/// it.
double outlier_threshold(const Recipe& recipe);

/// How large each feature of a layer's input was over a calibration, and which are outliers.
class InputsChart : public LayerChart {
  Q_OBJECT

 public:
  explicit InputsChart(QWidget* parent = nullptr);

 protected:
  void drawProfile() override;
};

}  // namespace octet::ui
