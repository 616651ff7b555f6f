#pragma once

#include <QLocale>
#include <cmath>

namespace octet::ui {

/// "+0.3", "−3.1": with a sign, and a minus as wide as the plus.
inline QString signed_number(double value, int decimals = 1) {
  const double rounded = std::round(value * std::pow(10, decimals)) / std::pow(10, decimals);
  return (rounded < 0 ? QStringLiteral("−") : QStringLiteral("+")) +
         QLocale().toString(std::abs(rounded), 'f', decimals);
}

/// "−19.8", as levels are written: a minus where it belongs, no plus.
inline QString level_number(double value, int decimals = 1) {
  const QString text = signed_number(value, decimals);
  return text.startsWith(QLatin1Char('+')) ? text.mid(1) : text;
}

/// Figure spaces before it, so that what stands behind stays in its place.
inline QString padded(const QString& number, int width) {
  return number.rightJustified(width, QChar(0x2007));
}

inline double decibels(double factor) { return 20 * std::log10(factor); }

}  // namespace octet::ui
