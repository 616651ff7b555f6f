#pragma once

#include <QComboBox>
#include <QDialog>
#include <QString>

#include "ui/theme/theme.h"

namespace octet::ui {

/// What is remembered about the person, not about the work.
struct Preferences {
  Appearance appearance = Appearance::system;
  QString device = QStringLiteral("auto");
  int threads = 0;           ///< of the CPU; 0: one per core
  int autosave_minutes = 1;  ///< 0: never
  bool welcome = true;       ///< first steps are shown until somebody synthesized

  bool operator==(const Preferences&) const = default;
};

/// A chooser of devices, whose data are their names as parse_device reads them. Starts no GPU.
class DeviceChooser : public QComboBox {
  Q_OBJECT

 public:
  explicit DeviceChooser(QWidget* parent = nullptr);

  QString device() const { return currentData().toString(); }
  /// One that is not there is not chosen.
  void setDevice(const QString& name);
};

Preferences read_preferences();
void write_preferences(const Preferences& preferences);

class PreferencesDialog : public QDialog {
  Q_OBJECT

 public:
  explicit PreferencesDialog(const Preferences& preferences, QWidget* parent = nullptr);

  Preferences preferences() const { return preferences_; }

 Q_SIGNALS:
  /// At every change: appearance is seen at once.
  void changed(const octet::ui::Preferences& preferences);

 private:
  Preferences preferences_;
};

}  // namespace octet::ui
