#include "ui/workbench/slot_tabs.h"

#include <QPainter>

#include "ui/theme/theme.h"

namespace octet::ui {

SlotTabs::SlotTabs(QWidget* parent) : QTabBar(parent) {
  setDrawBase(false);
  setExpanding(false);
  setUsesScrollButtons(false);
  setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Fixed);
  auto bold = font();
  bold.setBold(true);
  setFont(bold);
}

QSize SlotTabs::tabSizeHint(int index) const {
  return {fontMetrics().horizontalAdvance(tabText(index)) + 6 * kSpacing,
          fontMetrics().height() + 3 * kSpacing};
}

void SlotTabs::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  for (int i = 0; i < count(); ++i) {
    // Asked for at each painting, so that it follows light and dark.
    const auto colour = run_colour(i);
    const bool edited = i == currentIndex();
    const auto chip = QRectF(tabRect(i)).adjusted(3, 3, -3, -3);
    painter.setPen(QPen(colour, 1.5));
    painter.setBrush(edited ? QBrush(colour) : QBrush(Qt::NoBrush));
    painter.drawRoundedRect(chip, kSpacing, kSpacing);
    painter.setPen(edited ? palette().color(QPalette::Base) : colour);
    painter.drawText(chip, Qt::AlignCenter, tabText(i));
    if (!edited || !hasFocus()) continue;
    painter.setPen(QPen(palette().color(QPalette::WindowText), 1, Qt::DotLine));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(chip.adjusted(-2.5, -2.5, 2.5, 2.5), kSpacing, kSpacing);
  }
}

}  // namespace octet::ui
