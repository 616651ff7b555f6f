#pragma once

#include <QDialog>

#include "ui/study/layer_scope.h"
#include "ui/study/sensitivity_work.h"

class QComboBox;
class QLineEdit;
class QPushButton;
class QRadioButton;

namespace octet::ui {

class StudiedClips;
class StudiedSeconds;

/// Of which layers the sensitivity is to be studied, on which clips, how, and where the study goes.
class SensitivityDialog : public QDialog {
  Q_OBJECT

 public:
  /// Of `scopes` one is chosen, at first the last where it is what a tree shows.
  SensitivityDialog(const Checkpoint& checkpoint, std::vector<Clip> clips, std::vector<LayerScope> scopes,
                    QWidget* parent = nullptr);

 Q_SIGNALS:
  void asked(const octet::ui::SensitivityRequest& request);

 private:
  void accept() override;
  void showWhatIsMissing();

  std::vector<LayerScope> scopes_;
  StudiedClips* clips_;
  StudiedSeconds* seconds_;
  QComboBox* layers_;
  QRadioButton* exact_;
  QRadioButton* fast_;
  QComboBox* base_;
  QLineEdit* place_;
  QPushButton* start_;
};

}  // namespace octet::ui
