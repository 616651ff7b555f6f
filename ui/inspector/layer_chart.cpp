#include "ui/inspector/layer_chart.h"

#include <QCoreApplication>
#include <QLocale>
#include <cmath>

namespace octet::ui {

void LayerChart::setLayer(const InspectedLayer& layer) {
  layer_ = layer;
  redraw();
}

void LayerChart::draw() { layer_.profile ? drawProfile() : showHint(layer_.hint); }

QString number_text(double value) { return QLocale().toString(value, 'g', 3); }

QString decibel_text(double decibels) {
  return std::isinf(decibels) ? QCoreApplication::translate("LayerInspector", "nothing is lost")
                              : QCoreApplication::translate("LayerInspector", "%1 dB")
                                    .arg(QLocale().toString(decibels, 'f', 1));
}

}  // namespace octet::ui
