#include "ui/theme/icon_label.h"

#include <QPainter>

namespace octet::ui {

IconLabel::IconLabel(Icon name, int side, QIcon::Mode mode, QWidget* parent)
    : QWidget(parent), icon_(icon(name)), mode_(mode) {
  setFixedSize(side, side);
}

void IconLabel::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  icon_.paint(&painter, rect(), Qt::AlignCenter, mode_);
}

}  // namespace octet::ui
