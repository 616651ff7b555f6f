#include "ui/workbench/synthesis_bar.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QRegularExpressionValidator>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QToolButton>

#include "ui/preferences/preferences.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

template <typename Widget>
Widget* labelled(QHBoxLayout* row, const QString& label, Widget* widget, int stretch = 0) {
  auto* text = new QLabel(label);
  text->setBuddy(widget);
  text->setForegroundRole(QPalette::PlaceholderText);
  row->addWidget(text);
  row->addWidget(widget, stretch);
  widget->setAccessibleName(QString(label).remove('&'));
  return widget;
}

}  // namespace

SynthesisBar::SynthesisBar(Workbench& workbench, QWidget* parent) : QWidget(parent), workbench_(workbench) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(2 * kSpacing, kSpacing, 2 * kSpacing, kSpacing);
  row->setSpacing(2 * kSpacing);

  clip_ = labelled(row, tr("&Clip"), new QComboBox, 3);
  clip_->setObjectName("clip");
  clip_->setMinimumContentsLength(6);
  clip_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  clip_->setToolTip(
      tr("What is spoken again: a sound file or speech tokens. Drop files on the window to add them."));
  voice_ = labelled(row, tr("&Voice"), new QComboBox, 2);
  voice_->setObjectName("voice");
  voice_->setMinimumContentsLength(4);
  voice_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  steps_ = labelled(row, tr("S&teps"), new QSpinBox);
  steps_->setObjectName("steps");
  steps_->setRange(0, 50);
  steps_->setSpecialValueText(tr("auto"));
  steps_->setToolTip(tr("Euler steps of the flow. auto: 10, or 2 for a meanflow checkpoint."));
  seed_ = labelled(row, tr("S&eed"), new QLineEdit);
  seed_->setObjectName("seed");
  seed_->setMaximumWidth(fontMetrics().horizontalAdvance(QString(8, '0')));
  seed_->setValidator(new QRegularExpressionValidator(QRegularExpression("[0-9]{1,18}"), seed_));
  seed_->setToolTip(tr("Makes all noise. The same for every plan, so that only the plan is heard."));
  device_ = new QComboBox;
  device_->setAccessibleName(tr("Device"));
  device_->setToolTip(tr("Where it is computed. auto: a GPU where there is one."));
  row->addWidget(device_);
  device_->setObjectName("device");
  device_->addItems(device_names());

  go_ = new QToolButton;
  go_->setObjectName("synthesize");
  go_->setToolButtonStyle(Qt::ToolButtonTextOnly);
  go_->setPopupMode(QToolButton::MenuButtonPopup);
  auto* menu = new QMenu(go_);
  menu->addAction(tr("Synthesize all clips"), &workbench_, &Workbench::synthesizeAll);
  go_->setMenu(menu);
  auto bold = go_->font();
  bold.setBold(true);
  go_->setFont(bold);
  row->addWidget(go_);
  connect(go_, &QToolButton::clicked, this, [this] {
    if (workbench_.synthesizing())
      workbench_.cancelSynthesis();
    else
      workbench_.synthesize();
  });

  connect(clip_, &QComboBox::activated, this, [this](int index) {
    if (index < static_cast<int>(workbench_.clips().size())) return workbench_.setCurrentClip(index);
    fillClips();  // "Add…" is no clip
    Q_EMIT addClipRequested();
  });
  connect(voice_, &QComboBox::activated, this, [this](int index) {
    if (index < static_cast<int>(workbench_.voices().size())) return readSettings();
    fillVoices();
    Q_EMIT addVoiceRequested();
  });
  connect(steps_, &QSpinBox::valueChanged, this, &SynthesisBar::readSettings);
  connect(seed_, &QLineEdit::editingFinished, this, &SynthesisBar::readSettings);
  connect(device_, &QComboBox::activated, this, &SynthesisBar::readSettings);
  connect(&workbench_, &Workbench::clipsChanged, this, &SynthesisBar::fillClips);
  connect(&workbench_, &Workbench::currentClipChanged, this, &SynthesisBar::fillClips);
  connect(&workbench_, &Workbench::voicesChanged, this, &SynthesisBar::fillVoices);
  connect(&workbench_, &Workbench::settingsChanged, this, &SynthesisBar::showSettings);
  connect(&workbench_, &Workbench::synthesizingChanged, this, &SynthesisBar::showWork);
  connect(&workbench_, &Workbench::planSlotsChanged, this, [this] { showWork(workbench_.synthesizing()); });
  fillClips();
  fillVoices();
  showSettings();
  showWork(false);
}

void SynthesisBar::fillClips() {
  const QSignalBlocker quiet(clip_);
  clip_->clear();
  for (const auto& clip : workbench_.clips())
    clip_->addItem(clip.name, QString::fromStdString(clip.path.string()));
  clip_->insertSeparator(clip_->count());
  clip_->addItem(tr("Add a file…"));
  clip_->setCurrentIndex(workbench_.currentClip());
}

void SynthesisBar::fillVoices() {
  const QSignalBlocker quiet(voice_);
  voice_->clear();
  for (const auto& voice : workbench_.voices()) voice_->addItem(voice.name);
  voice_->insertSeparator(voice_->count());
  voice_->addItem(tr("Add a file…"));
  showSettings();
}

void SynthesisBar::showSettings() {
  const auto& settings = workbench_.settings();
  const QSignalBlocker quiet(steps_);
  const auto& voices = workbench_.voices();
  const auto voice = std::ranges::find(voices, settings.voice);
  voice_->setCurrentIndex(voice == voices.end() ? 0 : static_cast<int>(voice - voices.begin()));
  steps_->setValue(settings.steps);
  seed_->setText(QString::number(settings.seed));
  device_->setCurrentText(settings.device);
}

void SynthesisBar::readSettings() {
  auto settings = workbench_.settings();
  const auto voice = static_cast<std::size_t>(std::max(0, voice_->currentIndex()));
  if (voice < workbench_.voices().size()) settings.voice = workbench_.voices()[voice];
  settings.steps = steps_->value();
  settings.seed = seed_->text().toULongLong();
  settings.device = device_->currentText();
  workbench_.setSettings(settings);
}

void SynthesisBar::showWork(bool synthesizing) {
  QStringList names;
  for (const auto& slot : workbench_.planSlots()) names << slot.name;
  go_->setText(synthesizing ? tr("Cancel")
                            : tr("Synthesize %1").arg(names.isEmpty() ? "A/B" : names.join('/')));
  go_->setToolTip(synthesizing ? tr("Stop at the next step")
                               : tr("Speak the clip with every plan (Ctrl+Return)"));
  setEnabled(workbench_.checkpoint() != nullptr);
}

}  // namespace octet::ui
