#pragma once

#include <QByteArray>
#include <QString>

#include "core/dsp/spectrogram.h"

namespace octet::ui {

/// A row for each frame: its time, then the level at each bin. The first row names time and frequencies with
/// their units; `quantity` ("A dB", "B-A dB") says what the levels are.
QByteArray csv_of(const Spectrogram& levels, const QString& quantity);

}  // namespace octet::ui
