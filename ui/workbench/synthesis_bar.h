#pragma once

#include <QWidget>

#include "ui/workbench/workbench.h"

class QComboBox;
class QLineEdit;
class QSpinBox;

namespace octet::ui {

/// What is spoken, in whose voice, and how.
class SynthesisBar : public QWidget {
  Q_OBJECT

 public:
  explicit SynthesisBar(Workbench& workbench, QWidget* parent = nullptr);

 Q_SIGNALS:
  void addClipRequested();
  void addVoiceRequested();

 private:
  void fillClips();
  void showClip();
  void fillVoices();
  void showSettings();
  void readSettings();

  Workbench& workbench_;
  QComboBox* clip_;
  QComboBox* voice_;
  QSpinBox* steps_;
  QLineEdit* seed_;
};

}  // namespace octet::ui
