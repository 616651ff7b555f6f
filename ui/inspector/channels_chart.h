#pragma once

#include "ui/inspector/layer_chart.h"

namespace octet::ui {

/// What each output channel of a layer loses, and the step it is rounded with; the worst by name.
class ChannelsChart : public LayerChart {
  Q_OBJECT

 public:
  explicit ChannelsChart(QWidget* parent = nullptr);

 protected:
  void drawProfile() override;

 private:
  void drawErrors(const std::vector<std::size_t>& worst);
  void drawRanges(const std::vector<float>& ranges, bool steps);
};

}  // namespace octet::ui
