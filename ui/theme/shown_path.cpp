#include "ui/theme/shown_path.h"

#include <QDir>
#include <QStandardPaths>

#include "core/checkpoint/checkpoint.h"

namespace octet::ui {

QString shown_path(const QString& path) {
  const auto home = QDir::homePath();
  if (home == QDir::rootPath()) return path;
  return path == home || path.startsWith(home + '/') ? '~' + path.mid(home.size()) : path;
}

QString documents_folder() {
  const auto folder = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
  return folder.isEmpty() ? QDir::homePath() : folder;
}

QString proposed_place(const Checkpoint& checkpoint, const QString& ending) {
  return shown_path(documents_folder() + '/' + QString::fromStdString(checkpoint.path().stem().string()) +
                    ending);
}

QString full_path(const QString& shown) {
  return shown == QLatin1String("~") || shown.startsWith(QLatin1String("~/"))
             ? QDir::homePath() + shown.mid(1)
             : shown;
}

}  // namespace octet::ui
