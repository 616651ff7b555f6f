#include "ui/plots/readout.h"

#include <QLocale>
#include <cmath>

namespace octet::ui {
namespace {

/// A number, or the name of the place where an axis has names; empty between them.
QString text_of(const QCPAxis& axis, double value) {
  constexpr double kNear = 0.5;
  const auto names = axis.ticker().dynamicCast<QCPAxisTickerText>();
  if (!names) return QLocale().toString(value, 'g', 4);
  const auto next = names->ticks().lowerBound(value);
  QString name;
  double least = kNear;
  for (auto tick = next == names->ticks().begin() ? next : std::prev(next);
       tick != names->ticks().end() && tick.key() <= value + kNear; ++tick)
    if (const double away = std::abs(tick.key() - value); away < least) {
      least = away;
      name = tick.value();
    }
  return name.replace('\n', ' ').trimmed();
}

QString line_of(const QCPAxis& axis, double value) {
  const auto text = text_of(axis, value);
  return axis.label().isEmpty() || text.isEmpty() ? text : QStringLiteral("%1: %2").arg(axis.label(), text);
}

}  // namespace

QString readout(const QCustomPlot& plot, const QPointF& at,
                const std::function<QString(double key)>& name_of) {
  int point = -1;
  auto* found = plot.plottableAt(at, /*onlySelectable=*/false, &point);
  auto* points = found && point >= 0 ? found->interface1D() : nullptr;
  if (!points || point >= points->dataCount()) return {};
  const double value = points->dataMainValue(point);
  if (!std::isfinite(value)) return {};
  const double key = points->dataMainKey(point);
  const auto called = name_of ? name_of(key) : QString();
  QStringList lines{found->name(), called.isEmpty() ? line_of(*found->keyAxis(), key) : called,
                    line_of(*found->valueAxis(), value)};
  lines.removeAll(QString());
  return lines.join('\n');
}

}  // namespace octet::ui
