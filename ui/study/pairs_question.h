#pragma once

#include "ui/study/pairs_work.h"
#include "ui/study/study_question.h"

class QSpinBox;

namespace octet::ui {

/// Of which layers pairs are to be measured, on which clips, and where that goes.
class PairsQuestionDialog : public StudyQuestion {
  Q_OBJECT

 public:
  PairsQuestionDialog(const Checkpoint& checkpoint, std::vector<Clip> clips, std::vector<LayerScope> scopes,
                      QWidget* parent = nullptr);

 Q_SIGNALS:
  void asked(const octet::ui::PairsRequest& request);

 private:
  void accept() override;

  QSpinBox* most_;
};

}  // namespace octet::ui
