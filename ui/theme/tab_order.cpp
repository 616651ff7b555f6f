#include "ui/theme/tab_order.h"

#include <QDialogButtonBox>
#include <QLayout>

namespace octet::ui {

void tab_as_seen(const QDialogButtonBox& buttons) {
  QWidget* before = nullptr;
  for (int i = 0; i < buttons.layout()->count(); ++i) {
    auto* button = buttons.layout()->itemAt(i)->widget();
    if (!button) continue;
    if (before) QWidget::setTabOrder(before, button);
    before = button;
  }
}

}  // namespace octet::ui
