#pragma once

#include "ui/theme/primary_button.h"

namespace octet::ui {

class Workbench;

/// Speaks the clip with every plan; while that goes on, stops it.
class SynthesizeButton : public PrimaryButton {
  Q_OBJECT

 public:
  explicit SynthesizeButton(Workbench& workbench, QWidget* parent = nullptr);

 private:
  void showWork();

  Workbench& workbench_;
};

}  // namespace octet::ui
