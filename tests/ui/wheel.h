#pragma once

#include <QCoreApplication>
#include <QWheelEvent>
#include <QWidget>

namespace octet::test {

/// Turns a mouse wheel over a place of `widget`; positive notches go away from the person.
inline void turn_wheel(QWidget& widget, QPoint at, int notches, Qt::KeyboardModifiers modifiers = {}) {
  QWheelEvent event(at, widget.mapToGlobal(at), {}, {0, 120 * notches}, Qt::NoButton, modifiers,
                    Qt::NoScrollPhase, false);
  QCoreApplication::sendEvent(&widget, &event);
}

}  // namespace octet::test
