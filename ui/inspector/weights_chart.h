#pragma once

#include "ui/inspector/layer_chart.h"

namespace octet::ui {

/// How often a layer has which weights, exact and as stored.
class WeightsChart : public LayerChart {
  Q_OBJECT

 public:
  explicit WeightsChart(QWidget* parent = nullptr);

 protected:
  void drawProfile() override;
};

}  // namespace octet::ui
