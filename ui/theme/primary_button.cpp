#include "ui/theme/primary_button.h"

#include <QPainter>

#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

QFont bold(QFont font) {
  font.setBold(true);
  return font;
}

}  // namespace

QSize PrimaryButton::sizeHint() const {
  const QFontMetrics metrics(bold(font()));
  return {metrics.size(Qt::TextShowMnemonic, text()).width() + 8 * kSpacing, metrics.height() + 3 * kSpacing};
}

// By hand: the style greys the colours of its buttons, and white text on them would be hard to read.
void PrimaryButton::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  auto fill = palette().color(QPalette::Highlight);
  if (isDown() || underMouse()) fill = fill.darker(isDown() ? 130 : 112);
  const auto box = QRectF(rect()).adjusted(2.5, 2.5, -2.5, -2.5);
  painter.setPen(Qt::NoPen);
  painter.setBrush(fill);
  painter.drawRoundedRect(box, kSpacing, kSpacing);
  painter.setFont(bold(font()));
  painter.setPen(isEnabled() ? palette().color(QPalette::HighlightedText) : colours().muted);
  painter.drawText(box, Qt::AlignCenter | Qt::TextShowMnemonic, text());
  if (!hasFocus()) return;
  painter.setPen(QPen(palette().color(QPalette::WindowText), 1, Qt::DotLine));
  painter.setBrush(Qt::NoBrush);
  painter.drawRoundedRect(box.adjusted(-2, -2, 2, 2), kSpacing, kSpacing);
}

}  // namespace octet::ui
