#pragma once

#include "ui/study/sensitivity_work.h"
#include "ui/study/study_question.h"

class QComboBox;
class QRadioButton;

namespace octet::ui {

/// Of which layers the sensitivity is to be studied, on which clips, how, and where the study goes.
class SensitivityDialog : public StudyQuestion {
  Q_OBJECT

 public:
  SensitivityDialog(const Checkpoint& checkpoint, std::vector<Clip> clips, std::vector<LayerScope> scopes,
                    QWidget* parent = nullptr);

 Q_SIGNALS:
  void asked(const octet::ui::SensitivityRequest& request);

 private:
  void accept() override;

  QRadioButton* exact_;
  QRadioButton* fast_;
  QComboBox* base_;
};

}  // namespace octet::ui
