#pragma once

#include <QDialog>

#include "ui/jobs/job_runner.h"
#include "ui/validation/validation_work.h"

class QCheckBox;
class QLineEdit;
class QPushButton;
class QRadioButton;

namespace octet::ui {

class SetView;

/// On which set plans are to be judged, which plans, and where the report goes. It closes when that is known:
/// the work goes on in the list of jobs, and the window tells what came of it.
class ValidateDialog : public QDialog {
  Q_OBJECT

 public:
  /// `plans` are the window's; sets are read on `lane`, which outlives this.
  ValidateDialog(std::vector<StudyPlan> plans, const Checkpoint& checkpoint, JobRunner& lane,
                 QWidget* parent = nullptr);

 Q_SIGNALS:
  void asked(const octet::ui::ValidationRequest& request);

 private:
  void accept() override;
  void showWhatIsMissing();

  std::vector<StudyPlan> plans_;  // of the window
  QLineEdit* set_;
  SetView* view_;
  QRadioButton* of_window_;
  QRadioButton* of_components_;
  QCheckBox* control_;
  QLineEdit* place_;
  QPushButton* start_;
};

}  // namespace octet::ui
