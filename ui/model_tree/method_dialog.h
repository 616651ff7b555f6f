#pragma once

#include <QDialog>
#include <optional>

#include "core/plan/plan.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace octet::ui {

/// How int8 is made, with any settings of its method (docs/formats.md, "Plan"), as the command line takes
/// them.
class MethodDialog : public QDialog {
  Q_OBJECT

 public:
  explicit MethodDialog(QWidget* parent = nullptr);

 Q_SIGNALS:
  void chosen(const octet::Choice& choice);

 private:
  Choice asked() const;
  void showFault();
  void accept() override;

  QComboBox* method_;
  QLineEdit* settings_;
  QLabel* fault_;
  QPushButton* start_;
};

}  // namespace octet::ui
