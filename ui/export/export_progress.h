#pragma once

#include <QElapsedTimer>
#include <QWidget>

#include "core/progress.h"

class QLabel;
class QProgressBar;

namespace octet::ui {

/// How far an export is: what is done now, in a sentence, a bar, and the time left.
class ExportProgress : public QWidget {
  Q_OBJECT

 public:
  enum class Work { writing, verifying };

  explicit ExportProgress(QWidget* parent = nullptr);

  /// It waits for its lane.
  void begin(Work work);
  void show(const Progress& progress);
  void showCancelling();
  /// Whether anything was heard of the work since it was asked for.
  bool begun() const { return !stage_.isEmpty(); }

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void refreshColours();

  Work work_ = Work::writing;
  QString stage_;
  QElapsedTimer stage_clock_;
  QLabel* text_;
  QProgressBar* bar_;
  QLabel* left_;
};

}  // namespace octet::ui
