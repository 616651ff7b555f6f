#include "ui/listen/level_meter.h"

#include <QPainter>
#include <algorithm>
#include <cmath>

#include "ui/language/accessible_role.h"
#include "ui/language/symbols.h"
#include "ui/listen/decibel.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr double kFall = 0.5;  // dB each time: some 30 a second, slow enough to be read

}  // namespace

LevelMeter::LevelMeter(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("levelMeter"));
  call_picture(*this);
  setAccessibleName(tr("Level"));
  setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
  tell();
}

QSize LevelMeter::sizeHint() const { return {52, 8}; }

void LevelMeter::showPeak(float peak) {
  const double level = peak > 0 ? decibels(static_cast<double>(peak)) : kQuietest;
  level_ = std::clamp(std::max(level, level_ - kFall), kQuietest, 0.0);
  clipped_ |= peak > 1;
  tell();
}

void LevelMeter::reset() {
  level_ = kQuietest;
  clipped_ = false;
  tell();
}

void LevelMeter::tell() {
  const auto level = level_ > kQuietest ? with_unit(level_, 0, "dB") : tr("silent");
  const auto said = clipped_ ? tr("%1, and it was cut at full scale").arg(level) : level;
  if (said == accessibleDescription()) return;
  setAccessibleDescription(said);
  setToolTip(tr("Level of what is played, to full scale: %1. A click forgets that it was cut.").arg(said));
  update();
}

void LevelMeter::mousePressEvent(QMouseEvent*) { reset(); }

void LevelMeter::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const int lamp = height();
  const QRect bar(0, 1, width() - lamp - 2, height() - 2);
  painter.fillRect(bar, colours().faint);
  const double share = 1 - level_ / kQuietest;
  painter.fillRect(QRect(bar.topLeft(), QSize(static_cast<int>(share * bar.width()), bar.height())),
                   palette().color(QPalette::WindowText));
  const QRect cut(width() - lamp, 1, lamp, height() - 2);
  painter.fillRect(cut, clipped_ ? colours().negative : colours().faint);
}

}  // namespace octet::ui
