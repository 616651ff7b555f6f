#include "ui/workbench/synthesis_bar.h"

#include <QAbstractItemView>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QRegularExpressionValidator>
#include <QSignalBlocker>
#include <QSpinBox>

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

/// A chooser of files: as wide as `characters` at least, its list as wide as the names in it.
QComboBox* chooser(int characters) {
  auto* box = new QComboBox;
  box->setMinimumContentsLength(characters);
  box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  box->view()->setTextElideMode(Qt::ElideNone);
  return box;
}

void add_file(QComboBox& box, const QString& name, const std::filesystem::path& path) {
  box.addItem(name);
  box.setItemData(box.count() - 1, path.empty() ? name : QString::fromStdString(path.string()),
                  Qt::ToolTipRole);
}

void fit_list(QComboBox& box) {
  auto& list = *box.view();
  list.setMinimumWidth(list.sizeHintForColumn(0) + list.style()->pixelMetric(QStyle::PM_ScrollBarExtent) +
                       2 * kSpacing);
}

}  // namespace

SynthesisBar::SynthesisBar(Workbench& workbench, QWidget* parent) : QWidget(parent), workbench_(workbench) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(2 * kSpacing, kSpacing, 2 * kSpacing, kSpacing);
  row->setSpacing(2 * kSpacing);

  clip_ = labelled(row, tr("&Clip"), chooser(12), 3);
  clip_->setObjectName("clip");
  voice_ = labelled(row, tr("V&oice"), chooser(10), 2);
  voice_->setObjectName("voice");
  steps_ = labelled(row, tr("S&teps"), new QSpinBox);
  steps_->setObjectName("steps");
  steps_->setRange(0, 50);
  steps_->setSpecialValueText(tr("auto"));
  steps_->setToolTip(tr("Euler steps of the flow. auto: 10, or 2 for a meanflow checkpoint."));
  seed_ = labelled(row, tr("Noise see&d"), new QLineEdit);
  seed_->setObjectName("seed");
  seed_->setMaximumWidth(fontMetrics().horizontalAdvance(QString(8, '0')));
  seed_->setValidator(new QRegularExpressionValidator(QRegularExpression("[0-9]{1,18}"), seed_));
  seed_->setToolTip(tr("Makes all noise. The same for every plan, so that only the plan is heard."));

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
  connect(&workbench_, &Workbench::clipsChanged, this, &SynthesisBar::fillClips);
  connect(&workbench_, &Workbench::currentClipChanged, this, &SynthesisBar::showClip);
  connect(&workbench_, &Workbench::voicesChanged, this, &SynthesisBar::fillVoices);
  connect(&workbench_, &Workbench::settingsChanged, this, &SynthesisBar::showSettings);
  connect(&workbench_, &Workbench::documentReplaced, this, [this] {
    setEnabled(true);
    fillClips();
    fillVoices();
  });
  fillClips();
  fillVoices();
  showSettings();
  setEnabled(false);  // until there is something to speak with
}

void SynthesisBar::fillClips() {
  const QSignalBlocker quiet(clip_);
  clip_->clear();
  for (const auto& clip : workbench_.clips()) add_file(*clip_, clip.name, clip.path);
  clip_->insertSeparator(clip_->count());
  clip_->addItem(tr("Add a file…"));
  fit_list(*clip_);
  showClip();
}

void SynthesisBar::showClip() {
  const QSignalBlocker quiet(clip_);
  clip_->setCurrentIndex(workbench_.currentClip());
  clip_->setToolTip(tr("What is spoken again: a sound file or speech tokens. Drop files on the window to add "
                       "them.\nNow: %1")
                        .arg(clip_->currentData(Qt::ToolTipRole).toString()));
}

void SynthesisBar::fillVoices() {
  const QSignalBlocker quiet(voice_);
  voice_->clear();
  for (const auto& voice : workbench_.voices()) add_file(*voice_, voice.name, voice.path);
  voice_->insertSeparator(voice_->count());
  voice_->addItem(tr("Add a file…"));
  fit_list(*voice_);
  showSettings();
}

void SynthesisBar::showSettings() {
  const auto& settings = workbench_.settings();
  const QSignalBlocker quiet(steps_);
  const auto& voices = workbench_.voices();
  const auto voice = std::ranges::find(voices, settings.voice);
  voice_->setCurrentIndex(voice == voices.end() ? 0 : static_cast<int>(voice - voices.begin()));
  voice_->setToolTip(tr("Who speaks: a recording, or a conditioning file made of one.\nNow: %1")
                         .arg(voice_->currentData(Qt::ToolTipRole).toString()));
  steps_->setValue(settings.steps);
  seed_->setText(QString::number(settings.seed));
}

void SynthesisBar::readSettings() {
  auto settings = workbench_.settings();
  const auto voice = static_cast<std::size_t>(std::max(0, voice_->currentIndex()));
  if (voice < workbench_.voices().size()) settings.voice = workbench_.voices()[voice];
  settings.steps = steps_->value();
  settings.seed = seed_->text().toULongLong();
  workbench_.setSettings(settings);
}

}  // namespace octet::ui
