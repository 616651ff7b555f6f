#pragma once

#include <QColor>
#include <QString>
#include <algorithm>
#include <vector>

#include "core/metrics/table.h"

namespace octet::ui {

/// Where a number stands beside its floors: what differs between float runs that nobody quantized. The first
/// floor is other noise (compare_runs), which is what two takes of one plan differ by; being one draw, it
/// might as well have been lower, or higher, by a margin (core/study/take_spread.h); and so little that
/// nobody hears it (resources/thresholds.json) is no more than that.
enum class Standing {
  unknown,  ///< not defined, or without floors
  within,   ///< at least as good as every floor
  between,  ///< worse than a floor, but than the first by no more than what nobody hears
  untold,   ///< worse than the first by more, but by no more than the margin: perhaps by chance
  beyond,   ///< worse than the first floor by more, or where that is not known worse than every other
};

/// The value as a number that grows as things get worse; minus infinity where it is not defined.
double badness(const Measure& measure, double value);

/// Up to where a number is no worse than its floors and their margin allow: the first floor and `margin`,
/// where that is not known the worst of the others. A distance from 0 where nearer to it is better; NaN
/// without floors.
double limit(const Measure& measure, const std::vector<double>& floors, double margin);

/// How much worse a number may be than the first floor, in the measure's unit, 0 or more.
struct Margin {
  double chance = 0;     ///< by which two takes differ
  double inaudible = 0;  ///< what nobody hears

  double most() const { return std::max(chance, inaudible); }
};

/// `floors` in the order of a Report; NaN where one is not defined.
Standing standing(const Measure& measure, double value, const std::vector<double>& floors,
                  const Margin& margin);

/// One character, so that colour is not the only carrier.
QString sign(Standing standing);
QString words(Standing standing);
/// Only what is beyond is marked.
QColor colour(Standing standing);

}  // namespace octet::ui
