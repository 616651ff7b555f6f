#pragma once

#include <QWidget>

class QLabel;
class QProgressBar;
class QToolButton;

namespace octet::ui {

class JobsModel;

/// One line for the status bar: what runs now, how far it is, and a button that opens the list of all.
class JobsStatus : public QWidget {
  Q_OBJECT

 public:
  /// `model` outlives this.
  explicit JobsStatus(const JobsModel& model, QWidget* parent = nullptr);

 Q_SIGNALS:
  void listRequested();

 private:
  void showCurrent();

  const JobsModel& model_;
  QToolButton* open_;
  QProgressBar* bar_;
  QLabel* text_;
};

}  // namespace octet::ui
