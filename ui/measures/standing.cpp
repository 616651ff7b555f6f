#include "ui/measures/standing.h"

#include <QApplication>
#include <algorithm>
#include <cmath>
#include <limits>

#include "ui/language/tr.h"
#include "ui/theme/theme.h"

namespace octet::ui {

double badness(const Measure& measure, double value) {
  if (std::isnan(value)) return -std::numeric_limits<double>::infinity();
  switch (measure.better) {
    case Better::lower: return value;
    case Better::higher: return -value;
    case Better::nearer_zero: return std::abs(value);
  }
  return value;
}

double limit(const Measure& measure, const std::vector<double>& floors, double margin) {
  double worst = -std::numeric_limits<double>::infinity();
  for (const double floor : floors) worst = std::max(worst, badness(measure, floor));
  if (!std::isfinite(worst)) return std::numeric_limits<double>::quiet_NaN();
  if (!std::isnan(floors.front())) worst = badness(measure, floors.front()) + margin;
  return measure.better == Better::higher ? -worst : worst;
}

Standing standing(const Measure& measure, double value, const std::vector<double>& floors,
                  const Margin& margin) {
  if (std::isnan(value)) return Standing::unknown;
  int known = 0, kept = 0;
  const auto worse = [&](double floor) { return badness(measure, value) - badness(measure, floor); };
  for (const double floor : floors) {
    if (std::isnan(floor)) continue;
    ++known;
    if (worse(floor) <= 0) ++kept;
  }
  if (known == 0) return Standing::unknown;
  if (kept == known) return Standing::within;
  if (!std::isnan(floors.front())) {
    const double more = worse(floors.front());
    return more <= margin.inaudible ? Standing::between
           : more <= margin.chance  ? Standing::untold
                                    : Standing::beyond;
  }
  return kept > 0 ? Standing::between : Standing::beyond;
}

QString sign(Standing standing) {
  switch (standing) {
    case Standing::within: return QStringLiteral("✓");
    case Standing::between: return QStringLiteral("~");
    case Standing::untold: return QStringLiteral("?");
    case Standing::beyond: return QStringLiteral("!");
    case Standing::unknown: break;
  }
  return QStringLiteral("–");
}

QString words(Standing standing) {
  switch (standing) {
    case Standing::within: return tr("within its floors");
    case Standing::between: return tr("within what other noise may do");
    case Standing::untold: return tr("worse than other noise, perhaps by chance: one clip cannot tell");
    case Standing::beyond: return tr("beyond what other noise does");
    case Standing::unknown: break;
  }
  return tr("not defined");
}

QColor colour(Standing standing) {
  switch (standing) {
    case Standing::within: return colours().positive;
    case Standing::between:
    case Standing::untold: return QApplication::palette().color(QPalette::Text);
    case Standing::beyond: return colours().caution;
    case Standing::unknown: break;
  }
  return colours().muted;
}

}  // namespace octet::ui
