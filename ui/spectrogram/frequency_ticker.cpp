#include "ui/spectrogram/frequency_ticker.h"

#include <QLocale>
#include <algorithm>
#include <cmath>

#include "ui/language/symbols.h"

namespace octet::ui {
namespace {

/// Multiples of 1, 2 and 5 times powers of ten that lie in the range, the roundest first. On a bent axis,
/// which has more room below, each up to five times its step, unless little more than that is seen.
std::vector<double> round_frequencies(double low, double high, FrequencyScale scale) {
  constexpr double kFew = 5;
  constexpr double kMany = 100;
  std::vector<double> found;
  for (const double step :
       {10000.0, 5000.0, 2000.0, 1000.0, 500.0, 200.0, 100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0}) {
    const double steps = (high - low) / step;
    const bool even = scale == FrequencyScale::linear || steps < 2 * kFew;
    const double last = even ? high : std::min(high, kFew * step);
    if (steps > kMany && even) break;
    const auto to = static_cast<int>(std::floor(last / step));
    for (auto i = static_cast<int>(std::ceil(low / step)); i <= to; ++i) found.push_back(i * step);
  }
  return found;
}

}  // namespace

QString frequency_text(double hz) {
  return hz < 1000 ? with_unit(hz, 0, "Hz") : with_unit(hz / 1000, 1, "kHz");
}

void FrequencyTicker::generate(const QCPRange& range, const QLocale&, QChar, int, QVector<double>& ticks,
                               QVector<double>* subTicks, QVector<QString>* tickLabels) {
  if (subTicks) subTicks->clear();
  ticks.clear();
  const double least = range.size() * label_height_ / std::max(length_, 1);
  for (const double hz :
       round_frequencies(frequency_at(scale_, range.lower), frequency_at(scale_, range.upper), scale_)) {
    const double position = position_of(scale_, hz);
    const bool room = std::none_of(ticks.begin(), ticks.end(),
                                   [&](double other) { return std::abs(other - position) < least; });
    if (room && range.contains(position)) ticks.push_back(position);
  }
  std::sort(ticks.begin(), ticks.end());
  if (!tickLabels) return;
  tickLabels->clear();
  for (const double position : ticks) {
    const double hz = std::round(frequency_at(scale_, position));
    tickLabels->push_back(hz < 1000 ? QLocale().toString(hz)
                                    : QStringLiteral("%1k").arg(QLocale().toString(hz / 1000)));
  }
}

}  // namespace octet::ui
