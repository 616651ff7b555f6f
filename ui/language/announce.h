#pragma once

#include <QString>

class QLabel;
class QWidget;

namespace octet::ui {

/// Screen readers say what `shown` is called and described as, wherever the keys are: for what appears
/// without being gone to. Nothing is said before its window is shown: windows are read as they open.
void announce(QWidget& shown);

/// Puts `text` on `label`, and announces it where it says another thing than before.
void announce(QLabel& label, const QString& text);

}  // namespace octet::ui
