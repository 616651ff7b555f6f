#pragma once

#include <memory>

#include "core/synthesis/layer_profile.h"
#include "ui/plots/chart.h"

namespace octet::ui {

/// A layer as it is looked into.
struct InspectedLayer {
  std::shared_ptr<const LayerProfile> profile = {};  ///< nullptr: there is none, and `hint` says why
  QString hint = {};
  Recipe recipe = {};  ///< how it is stored there
  int slot = 0;        ///< of the plan, whose colour it has
};

/// A chart of one layer.
class LayerChart : public Chart {
  Q_OBJECT

 public:
  using Chart::Chart;
  void setLayer(const InspectedLayer& layer);

 protected:
  const LayerProfile& profile() const { return *layer_.profile; }
  const InspectedLayer& layer() const { return layer_; }
  void draw() final;
  virtual void drawProfile() = 0;

 private:
  InspectedLayer layer_;
};

/// Three significant digits, as a person's country writes them.
QString number_text(double value);
/// "44.5 dB"; in words where nothing is lost.
QString decibel_text(double decibels);

}  // namespace octet::ui
