#pragma once

#include <QPointF>
#include <QString>
#include <functional>

#include "ui/plotting.h"

namespace octet::ui {

/// What is drawn at a place, in pixels of the plot: its name, and its values beside the labels of their axes.
/// Empty where there is nothing. `name_of` calls a point by its key, where that says more than the number.
QString readout(const QCustomPlot& plot, const QPointF& at,
                const std::function<QString(double key)>& name_of = {});

}  // namespace octet::ui
