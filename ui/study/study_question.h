#pragma once

#include <QDialog>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "ui/document/document.h"
#include "ui/study/layer_scope.h"

class QComboBox;
class QFormLayout;
class QLineEdit;
class QPushButton;

namespace octet::ui {

class StudiedClips;
class StudiedSeconds;

/// What every study asks: on which clips, of which layers, and where it goes. Each kind adds rows, and tells
/// what was asked when it is accepted. It closes then: the work goes on in the list of jobs, and the window
/// shows what came of it.
class StudyQuestion : public QDialog {
  Q_OBJECT

 protected:
  /// Of `scopes` one is chosen, at first the last where it is what a tree shows. `ending` is that of the
  /// file's name.
  StudyQuestion(const Checkpoint& checkpoint, std::vector<Clip> clips, std::vector<LayerScope> scopes,
                const QString& ending, QWidget* parent);
  /// `said`, the rows that all have, and those that `more` adds.
  void layOut(const QString& said, const std::function<void(QFormLayout&)>& more);

  std::vector<Clip> chosenClips() const;
  double seconds() const;
  const LayerScope& scope() const;
  std::filesystem::path place() const;

 private:
  void showWhatIsMissing();

  std::vector<LayerScope> scopes_;
  StudiedClips* clips_;
  StudiedSeconds* seconds_;
  QComboBox* layers_;
  QLineEdit* place_;
  QPushButton* start_ = nullptr;
};

}  // namespace octet::ui
