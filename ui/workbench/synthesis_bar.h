#pragma once

#include <QWidget>

#include "ui/workbench/workbench.h"

class QComboBox;
class QLineEdit;
class QSpinBox;
class QToolButton;

namespace octet::ui {

/// What is spoken, in whose voice, how, and the button that does it.
class SynthesisBar : public QWidget {
  Q_OBJECT

 public:
  explicit SynthesisBar(Workbench& workbench, QWidget* parent = nullptr);

 Q_SIGNALS:
  void addClipRequested();
  void addVoiceRequested();

 private:
  void fillClips();
  void fillVoices();
  void showSettings();
  void showWork(bool synthesizing);
  void readSettings();

  Workbench& workbench_;
  QComboBox* clip_;
  QComboBox* voice_;
  QSpinBox* steps_;
  QLineEdit* seed_;
  QComboBox* device_;
  QToolButton* go_;
};

}  // namespace octet::ui
