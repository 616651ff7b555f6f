#pragma once

class QWidget;

namespace octet::ui {

/// Whether a control that has the focus does something of its own with this key (Qt::Key): Space presses a
/// button, arrows move a slider. Such keys are its, whatever they mean elsewhere.
bool uses_key(const QWidget& control, int key);

}  // namespace octet::ui
