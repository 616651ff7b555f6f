#pragma once

#include <QDialog>

#include "ui/workbench/workbench.h"

class QLineEdit;
class QPushButton;
class QRadioButton;
class QSpinBox;

namespace octet::ui {

/// On what to calibrate, by how many steps, and where the calibration goes. It closes when that is known: the
/// work goes on in the list of jobs, and the window tells what came of it.
class CalibrateDialog : public QDialog {
  Q_OBJECT

 public:
  explicit CalibrateDialog(const Workbench& workbench, QWidget* parent = nullptr);

 Q_SIGNALS:
  void asked(const octet::ui::CalibrationRequest& request);

 private:
  void accept() override;
  void showWhatIsMissing();

  std::vector<Clip> clips_;
  QRadioButton* of_clips_;
  QRadioButton* of_folder_;
  QLineEdit* folder_;
  QSpinBox* steps_;
  QLineEdit* place_;
  QPushButton* start_;
};

}  // namespace octet::ui
