#include "ui/language/announce.h"

#include <QAccessible>
#include <QLabel>

namespace octet::ui {

void announce(QWidget& shown) {
  if (!shown.window()->isVisible()) return;
  QAccessibleEvent alert(&shown, QAccessible::Alert);
  QAccessible::updateAccessibility(&alert);
#if QT_VERSION >= QT_VERSION_CHECK(6, 8, 0)
  // What is passed on as words, not as a sound.
  if (auto* interface = QAccessible::queryAccessibleInterface(&shown)) {
    const auto called = interface->text(QAccessible::Name), described = shown.accessibleDescription();
    QAccessibleAnnouncementEvent words(&shown, described.isEmpty() ? called : called + '\n' + described);
    QAccessible::updateAccessibility(&words);
  }
#endif
}

void announce(QLabel& label, const QString& text) {
  const bool news = label.text() != text;
  label.setText(text);
  if (news && !text.isEmpty()) announce(label);
}

}  // namespace octet::ui
