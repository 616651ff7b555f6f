// Above the lanes: what plays, where, how loud, and on what.

#include <QAction>
#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QSlider>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/language/symbols.h"
#include "ui/listen/level_meter.h"
#include "ui/listen/listen_panel.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

namespace octet::ui {

QWidget* ListenPanel::transport_row() {
  auto* row = new QWidget(this);
  auto* layout = new QHBoxLayout(row);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->setSpacing(kSpacing / 2);
  for (QAction* act : {to_start_, back_, play_, forward_, loop_, swap_}) {
    auto* button = new QToolButton(row);
    button->setDefaultAction(act);
    button->setObjectName(act->objectName() + QStringLiteral("Button"));
    button->setAutoRaise(true);
    button->setIconSize({18, 18});
    layout->addWidget(button);
  }
  position_ = new QLabel(row);
  position_->setObjectName(QStringLiteral("position"));
  position_->setAccessibleDescription(tr("Position"));  // its name is what it says
  layout->addSpacing(kSpacing);
  layout->addWidget(position_);
  layout->addStretch();
  level_match_ = new QCheckBox(tr("Level &match"), row);
  level_match_->setObjectName(QStringLiteral("levelMatch"));
  level_match_->setToolTip(
      tr("Play every run as loud as the first (EBU R128): louder always seems better, and would mislead"));
  level_match_->setChecked(true);
  connect(level_match_, &QCheckBox::toggled, &player_, &Player::setLevelMatch);
  layout->addWidget(level_match_);
  gain_ = new QLabel(row);
  gain_->setObjectName(QStringLiteral("gain"));
  gain_->setAccessibleDescription(tr("Gain of what is heard"));
  layout->addWidget(gain_);
  layout->addSpacing(kSpacing);
  layout->addWidget(make_device());
  make_volume(*layout);
  return row;
}

QWidget* ListenPanel::makeBandChooser() {
  auto* bands = new QComboBox;
  bands->setObjectName(QStringLiteral("band"));
  bands->setAccessibleName(tr("Frequencies that are heard"));
  bands->setToolTip(tr(
      "Hear one band alone, lifted to the level of the whole: what coarse weights add is heard there first"));
  const std::vector<std::optional<FrequencyBand>> choices{
      {}, FrequencyBand{1000, 4000}, FrequencyBand{4000, 8000}};
  for (const auto& band : choices)
    bands->addItem(band
                       ? tr("Hear %1–%2 kHz")
                             .arg(QLocale().toString(band->low / 1000), QLocale().toString(band->high / 1000))
                       : tr("Hear all"));
  connect(bands, &QComboBox::currentIndexChanged, this,
          [this, choices](int index) { player_.setBand(choices.at(static_cast<std::size_t>(index))); });
  return bands;
}

QWidget* ListenPanel::make_device() {
  device_ = new QToolButton;
  device_->setObjectName(QStringLiteral("soundDevice"));
  device_->setText(tr("Output"));  // until a rate is known
  device_->setAutoRaise(true);
  device_->setPopupMode(QToolButton::InstantPopup);
  device_->setMinimumWidth(fontMetrics().horizontalAdvance(with_unit(44.1, 1, "kHz")) + 6 * kSpacing);
  auto* menu = new QMenu(device_);
  device_->setMenu(menu);
  connect(menu, &QMenu::aboutToShow, this, [this, menu] {
    menu->clear();
    auto& output = player_.output();
    const auto add = [&](const QString& name, const QByteArray& id) {
      auto* action = menu->addAction(name, this, [&output, id] { output.choose(id); });
      action->setCheckable(true);
      action->setChecked(output.chosen() == id);
    };
    add(tr("The system's default"), {});
    menu->addSeparator();
    for (const auto& device : output.devices()) add(device.name, device.id);
  });
  return device_;
}

void ListenPanel::make_volume(QHBoxLayout& row) {
  mute_ = new QToolButton;
  mute_->setObjectName(QStringLiteral("mute"));
  mute_->setAutoRaise(true);
  mute_->setCheckable(true);
  mute_->setIcon(icon(Icon::speaker));
  mute_->setToolTip(tr("Mute"));
  mute_->setAccessibleName(tr("Mute"));
  row.addWidget(mute_);
  volume_ = new QSlider(Qt::Horizontal);
  volume_->setObjectName(QStringLiteral("volume"));
  volume_->setAccessibleName(tr("Volume"));
  volume_->setToolTip(tr("Volume"));
  volume_->setRange(0, 100);
  volume_->setValue(100);
  volume_->setFixedWidth(52);
  meter_ = new LevelMeter;
  auto* column = new QVBoxLayout;
  column->setSpacing(0);
  column->addWidget(volume_);
  column->addWidget(meter_);
  row.addLayout(column);
  const auto apply = [this] {
    player_.setVolume(mute_->isChecked() ? 0 : volume_->value() / 100.0);
    mute_->setIcon(icon(mute_->isChecked() ? Icon::muted : Icon::speaker));
  };
  connect(mute_, &QToolButton::toggled, this, apply);
  connect(volume_, &QSlider::valueChanged, this, apply);
}

/// What is judged is told: the rate it is heard at, and who changed it.
void ListenPanel::show_device() {
  const auto& output = player_.output();
  device_->setAccessibleName(tr("Sound device: %1").arg(output.device()));
  if (output.rate() == 0) {  // not open yet, or for a while: the last rate is what was heard
    if (device_->toolTip().isEmpty())
      device_->setToolTip(tr("Choose the sound device. Now: %1").arg(output.device()));
    return;
  }
  device_->setText(with_unit(QLocale().toString(output.rate() / 1000.0), "kHz"));
  device_->setToolTip(
      output.rate() == kSampleRate
          ? tr("%1 plays the samples as they are.").arg(output.device())
          : tr("%1 plays at %2 Hz. The runs, at %3 Hz, are resampled by soxr, high quality.")
                .arg(output.device(), QLocale().toString(output.rate()), QLocale().toString(kSampleRate)));
}

}  // namespace octet::ui
