#pragma once

#include "ui/plotting.h"

namespace octet::ui {

/// A plot that is drawn for the screen it is on; QCustomPlot keeps the density of the one it was made on.
class ScreenPlot : public QCustomPlot {
 public:
  using QCustomPlot::QCustomPlot;

 protected:
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace octet::ui
