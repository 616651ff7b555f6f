#include "ui/runs/run_names.h"

#include "ui/language/tr.h"

namespace octet::ui {

QString difference_name(const QString& test, const QString& reference) {
  return QStringLiteral("%1−%2").arg(test, reference);
}

QString recording_letter() { return tr("O", "chip of the original"); }

}  // namespace octet::ui
