#pragma once

class QWidget;

namespace octet::ui {

/// Screen readers call `widget`, which draws what it shows, a picture; by its accessible name and
/// description.
void call_picture(QWidget& widget);

}  // namespace octet::ui
