#include "ui/workbench/synthesize_button.h"

#include "ui/workbench/workbench.h"

namespace octet::ui {

SynthesizeButton::SynthesizeButton(Workbench& workbench, QWidget* parent)
    : PrimaryButton(parent), workbench_(workbench) {
  setObjectName("synthesize");
  connect(this, &QAbstractButton::clicked, this,
          [this] { workbench_.synthesizing() ? workbench_.cancelSynthesis() : workbench_.synthesize(); });
  for (const auto changed : {&Workbench::documentReplaced, &Workbench::planSlotsChanged})
    connect(&workbench_, changed, this, &SynthesizeButton::showWork);
  connect(&workbench_, &Workbench::synthesizingChanged, this, &SynthesizeButton::showWork);
  showWork();
}

void SynthesizeButton::showWork() {
  QStringList names;
  for (const auto& slot : workbench_.planSlots()) names << slot.name();
  if (workbench_.synthesizing()) {
    setMinimumWidth(width());  // what is beside it stays where it is
    setText(tr("Cancel"));
    setToolTip(tr("Stop at the next step (Ctrl+.)"));
  } else {
    setMinimumWidth(0);
    setText(tr("Synthesize %1").arg(names.isEmpty() ? "A/B" : names.join('/')));
    setToolTip(tr("Speak the clip with every plan (Ctrl+Return); all clips: Ctrl+Shift+Return"));
  }
  setEnabled(workbench_.checkpoint() != nullptr);
}

}  // namespace octet::ui
