#pragma once

#include <QSettings>
#include <QStringList>

namespace octet::ui {

/// The files that were opened last, newest first, remembered in the settings.
class RecentFiles {
 public:
  static constexpr int kMost = 10;

  /// `settings` must live as long.
  explicit RecentFiles(QSettings& settings) : settings_(settings) {}

  /// Absolute paths, at most kMost; those that are gone are left out.
  QStringList files() const;
  /// Puts `path` first.
  void add(const QString& path);
  void clear();

 private:
  QSettings& settings_;
};

}  // namespace octet::ui
