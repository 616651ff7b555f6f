#include "ui/inspector/layer_chart.h"

#include <QLocale>
#include <cmath>

#include "ui/language/symbols.h"
#include "ui/language/tr.h"

namespace octet::ui {

void LayerChart::setLayer(const InspectedLayer& layer) {
  layer_ = layer;
  redraw();
}

void LayerChart::draw() { layer_.profile ? drawProfile() : showHint(layer_.hint); }

QString number_text(double value) { return QLocale().toString(value, 'g', 3); }

QString decibel_text(double decibels) {
  return std::isinf(decibels) ? tr("nothing is lost") : with_unit(decibels, 1, "dB");
}

}  // namespace octet::ui
