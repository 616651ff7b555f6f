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

  /// Absolute paths, at most kMost. Nobody looks whether they are there: one on a network that is gone would
  /// hold the window up.
  QStringList files() const;
  /// Puts `path` first.
  void add(const QString& path);
  void clear();

 private:
  QSettings& settings_;
};

}  // namespace octet::ui
