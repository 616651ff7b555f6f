#pragma once

#include <QString>

namespace octet::ui {

/// "B−A": what `test` has more than `reference`. All differences of the window, seen, heard, read or written,
/// are this way round: positive, red, where the later run is louder.
QString difference_name(const QString& test, const QString& reference);

/// What stands for the clip's recording where runs are called by their letters.
QString recording_letter();

}  // namespace octet::ui
