#include "ui/language/sentences.h"

#include <QLocale>

#include "ui/language/tr.h"

namespace octet::ui {

QString listed(const QStringList& things) {
  // Of the texts, which are not the person's own where there is no translation into that.
  return QLocale(tr("en_GB", "code of the language that this is translated into"))
      .createSeparatedList(things);
}

QString sentences(const QStringList& said) {
  auto there = said;
  there.removeAll(QString());
  const auto between = tr(" ", "between two sentences");
  return there.join(between);
}

std::string left_out(const std::string& name, const std::string& reason) {
  return tr("%1 is left out: %2")
      .arg(QString::fromStdString(name), QString::fromStdString(reason))
      .toStdString();
}

}  // namespace octet::ui
