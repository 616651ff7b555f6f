#include "ui/language/picture_role.h"

#include <QAccessibleWidget>
#include <QWidget>

namespace octet::ui {
namespace {

constexpr auto kPicture = "octetPicture";

QAccessibleInterface* interface_of(const QString&, QObject* object) {
  auto* widget = qobject_cast<QWidget*>(object);
  return widget && widget->property(kPicture).toBool() ? new QAccessibleWidget(widget, QAccessible::Graphic)
                                                       : nullptr;
}

}  // namespace

void call_picture(QWidget& widget) {
  widget.setProperty(kPicture, true);
  QAccessible::installFactory(interface_of);  // once, however often
}

}  // namespace octet::ui
