#include "ui/session/recent_files.h"

#include <QFileInfo>

namespace octet::ui {
namespace {

const QString kKey = QStringLiteral("recentFiles");

}  // namespace

QStringList RecentFiles::files() const {
  QStringList found;
  const auto remembered = settings_.value(kKey).toStringList();
  for (const auto& path : remembered)
    if (QFileInfo::exists(path) && found.size() < kMost) found << path;
  return found;
}

void RecentFiles::add(const QString& path) {
  const QString absolute = QFileInfo(path).absoluteFilePath();
  auto remembered = settings_.value(kKey).toStringList();
  remembered.removeAll(absolute);
  remembered.prepend(absolute);
  settings_.setValue(kKey, QStringList(remembered.mid(0, kMost)));
}

void RecentFiles::clear() { settings_.remove(kKey); }

}  // namespace octet::ui
