#include "ui/session/recent_files.h"

#include <QFileInfo>

namespace octet::ui {
namespace {

const QString kKey = QStringLiteral("recentFiles");

}  // namespace

QStringList RecentFiles::files() const { return settings_.value(kKey).toStringList().mid(0, kMost); }

void RecentFiles::add(const QString& path) {
  const QString absolute = QFileInfo(path).absoluteFilePath();
  auto remembered = settings_.value(kKey).toStringList();
  remembered.removeAll(absolute);
  remembered.prepend(absolute);
  settings_.setValue(kKey, QStringList(remembered.mid(0, kMost)));
}

void RecentFiles::clear() { settings_.remove(kKey); }

}  // namespace octet::ui
