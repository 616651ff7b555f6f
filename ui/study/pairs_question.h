#pragma once

#include <QDialog>

#include "ui/study/layer_scope.h"
#include "ui/study/pairs_work.h"

class QComboBox;
class QLineEdit;
class QPushButton;
class QSpinBox;

namespace octet::ui {

class StudiedClips;
class StudiedSeconds;

/// Of which layers pairs are to be measured, on which clips, and where that goes.
class PairsQuestionDialog : public QDialog {
  Q_OBJECT

 public:
  PairsQuestionDialog(const Checkpoint& checkpoint, std::vector<Clip> clips, std::vector<LayerScope> scopes,
                      QWidget* parent = nullptr);

 Q_SIGNALS:
  void asked(const octet::ui::PairsRequest& request);

 private:
  void accept() override;
  void showWhatIsMissing();

  std::vector<LayerScope> scopes_;
  StudiedClips* clips_;
  StudiedSeconds* seconds_;
  QComboBox* layers_;
  QSpinBox* most_;
  QLineEdit* place_;
  QPushButton* start_;
};

}  // namespace octet::ui
