#pragma once

class QWidget;

namespace octet::ui {

/// What this is, the versions it was built with, and whose work it stands on.
void show_about(QWidget* parent);

}  // namespace octet::ui
