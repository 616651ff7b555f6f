#include "ui/runs/run_names.h"

#include "ui/language/tr.h"

namespace octet::ui {

QString slot_name(int slot) { return QString(QChar('A' + slot)); }

std::optional<int> slot_called(const std::string& name) {
  if (name.size() != 1 || name[0] < 'A' || name[0] > 'Z') return {};
  return name[0] - 'A';
}

QString run_name(int slot, int edits_ago) {
  if (edits_ago == 0) return slot_name(slot);
  return edits_ago == 1 ? slot_name(slot) + QChar(u'′')
                        : QStringLiteral("%1′%2").arg(slot_name(slot)).arg(edits_ago);
}

QString difference_name(const QString& test, const QString& reference) {
  return QStringLiteral("%1−%2").arg(test, reference);
}

QString recording_letter() { return tr("O", "chip of the original"); }

}  // namespace octet::ui
