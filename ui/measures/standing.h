#pragma once

#include <QColor>
#include <QString>
#include <vector>

#include "core/metrics/table.h"

namespace octet::ui {

/// Where a number stands between its floors: what differs between float runs that nobody quantized.
enum class Standing {
  unknown,  ///< not defined, or without floors
  within,   ///< at least as good as every floor
  between,  ///< worse than one floor, at least as good as another
  beyond,   ///< worse than every floor
};

/// The value as a number that grows as things get worse; minus infinity where it is not defined.
double badness(const Measure& measure, double value);

Standing standing(const Measure& measure, double value, const std::vector<double>& floors);

/// One character, so that colour is not the only carrier.
QString sign(Standing standing);
QString words(Standing standing);
QColor colour(Standing standing);

}  // namespace octet::ui
