#pragma once

class QWidget;

namespace octet::ui {

/// Screen readers call `widget`, which draws what it shows, a picture; by its accessible name and
/// description.
void call_picture(QWidget& widget);

/// Or a notification: they read out what it is called when it appears.
void call_notification(QWidget& widget);

}  // namespace octet::ui
