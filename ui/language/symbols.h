#pragma once

#include <QString>

class QRegularExpression;

namespace octet::ui {

// Symbols of units (dB, kHz, MB, %) and abbreviations of the field (SNR, STOI, bf16) are the same in every
// language, as names of layers and plans are: they go past tr(). Where one stands in a sentence, translators
// leave it as it is.

/// "3.1 kHz": a number and its unit.
QString with_unit(const QString& number, const char* unit);
/// With so many decimals, as the person writes numbers.
QString with_unit(double value, int decimals, const char* unit);

/// Finds them, all but those that are words elsewhere, such as s.
const QRegularExpression& symbols();

}  // namespace octet::ui
