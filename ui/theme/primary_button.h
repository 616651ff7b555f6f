#pragma once

#include <QPushButton>

namespace octet::ui {

/// The button of the one thing a person most likely wants next: filled with the accent colour.
class PrimaryButton : public QPushButton {
  Q_OBJECT

 public:
  using QPushButton::QPushButton;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 protected:
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace octet::ui
