#pragma once

#include <QTabBar>

namespace octet::ui {

/// The plans that are compared, as chips in the colours their runs have everywhere. The one that is edited is
/// filled.
class SlotTabs : public QTabBar {
  Q_OBJECT

 public:
  explicit SlotTabs(QWidget* parent = nullptr);

 protected:
  QSize tabSizeHint(int index) const override;
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace octet::ui
