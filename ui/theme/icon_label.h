#pragma once

#include <QWidget>

#include "ui/theme/icons.h"

namespace octet::ui {

/// An icon that stands by itself. It is drawn anew for the screen it is on, so that it is sharp on each.
class IconLabel : public QWidget {
  Q_OBJECT

 public:
  /// A square of `side` logical pixels.
  IconLabel(Icon name, int side, QIcon::Mode mode = QIcon::Normal, QWidget* parent = nullptr);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QIcon icon_;
  QIcon::Mode mode_;
};

}  // namespace octet::ui
