#pragma once

#include <QWidget>

#include "ui/theme/theme.h"

namespace octet::ui {

/// What rows on the timeline keep free on their left, for their names, and on their right, for their scales,
/// so that one time stands at one x in all of them. From the edges of panels of one width; pixels.
inline int left_gutter(const QWidget& row) {
  return row.fontMetrics().horizontalAdvance(QStringLiteral("before the change")) + 4 * kSpacing;
}
inline int right_gutter(const QWidget& row) {
  return row.fontMetrics().horizontalAdvance(QStringLiteral("−00 dB")) + 6 * kSpacing;
}

}  // namespace octet::ui
