#pragma once

#include <QWidget>

#include "ui/export/export_work.h"
#include "ui/jobs/job_runner.h"

class QLabel;
class QLineEdit;

namespace octet::ui {

/// Where the file goes: its name, and below it what is to be known of that place.
class ExportPlaceEdit : public QWidget {
  Q_OBJECT

 public:
  /// Places are looked at on `places`, which outlives this.
  explicit ExportPlaceEdit(JobRunner& places, QWidget* parent = nullptr);

  /// Its full path.
  QString name() const;
  void setName(const QString& name);
  /// Bytes that the file will take there.
  void setNeeded(std::uint64_t bytes);
  /// Whether to say that it replaces what is there.
  void setReplacementTold(bool told);
  /// There is a name, and it is no folder as far as is known.
  bool usable() const;

 Q_SIGNALS:
  /// The name, or what is known of the place.
  void changed();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void choose();
  void lookUp();
  void showNote();
  void refreshColours();
  ExportPlace known() const;

  JobRunner& places_;
  bool looking_ = false;
  std::uint64_t needed_ = 0;
  bool replacement_told_ = true;
  ExportPlace found_;  ///< of the name that was looked up last
  QLineEdit* file_;
  QLabel* note_;
};

}  // namespace octet::ui
