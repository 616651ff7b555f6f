#pragma once

#include <QWidget>

#include "core/export/format.h"

class QComboBox;
class QLabel;

namespace octet::ui {

/// Who is to read an export, and where such files run.
class ExportFormats : public QWidget {
  Q_OBJECT

 public:
  explicit ExportFormats(QWidget* parent = nullptr);

  ExportFormat chosen() const;
  void choose(ExportFormat format);

 Q_SIGNALS:
  void changed();

 private:
  void showWhere();

  QComboBox* choice_;
  QLabel* where_;
};

}  // namespace octet::ui
