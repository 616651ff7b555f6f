#include "ui/language/accessible_role.h"

#include <QAccessibleWidget>
#include <QWidget>

namespace octet::ui {
namespace {

constexpr auto kRole = "octetRole";

QAccessibleInterface* interface_of(const QString&, QObject* object) {
  auto* widget = qobject_cast<QWidget*>(object);
  const auto role = widget ? widget->property(kRole) : QVariant();
  return role.isValid() ? new QAccessibleWidget(widget, static_cast<QAccessible::Role>(role.toInt()))
                        : nullptr;
}

void call(QWidget& widget, QAccessible::Role role) {
  widget.setProperty(kRole, static_cast<int>(role));
  QAccessible::installFactory(interface_of);  // once, however often
}

}  // namespace

void call_picture(QWidget& widget) { call(widget, QAccessible::Graphic); }

void call_notification(QWidget& widget) { call(widget, QAccessible::Notification); }

}  // namespace octet::ui
