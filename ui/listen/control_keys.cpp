#include "ui/listen/control_keys.h"

#include <QAbstractButton>
#include <QAbstractSlider>
#include <QComboBox>
#include <QTabBar>

namespace octet::ui {

bool uses_key(const QWidget& control, int key) {
  const bool sideways = key == Qt::Key_Left || key == Qt::Key_Right;
  const bool ends = key == Qt::Key_Home || key == Qt::Key_End;
  if (qobject_cast<const QAbstractButton*>(&control)) return key == Qt::Key_Space;
  if (qobject_cast<const QComboBox*>(&control)) return key == Qt::Key_Space || sideways || ends;
  if (qobject_cast<const QAbstractSlider*>(&control)) return sideways || ends;
  return qobject_cast<const QTabBar*>(&control) && (sideways || ends);
}

}  // namespace octet::ui
