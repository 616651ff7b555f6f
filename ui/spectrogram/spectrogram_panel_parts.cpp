// What the panel is controlled by.

#include "ui/plotting.h"

#include "ui/spectrogram/spectrogram_panel.h"
#include "ui/spectrogram/spectrogram_plot.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

namespace octet::ui {

QWidget* SpectrogramPanel::makeControls() {
  const auto chooser = [](const QString& name, const QString& accessible, const QString& tip) {
    auto* box = new QComboBox;
    box->setObjectName(name);
    box->setAccessibleName(accessible);
    box->setToolTip(tip);
    return box;
  };
  view_ = chooser("spectrogramView", tr("What is shown"), tr("Which spectrograms are shown"));
  view_->addItem(tr("Both and difference"), static_cast<int>(View::all));
  view_->addItem(tr("Both"), static_cast<int>(View::pair));
  view_->addItem(tr("What is played"), static_cast<int>(View::active));
  view_->addItem(tr("Difference"), static_cast<int>(View::difference));
  compared_ =
      chooser("spectrogramCompared", tr("Run that is compared"), tr("Which run is compared with the first"));
  scale_ = chooser("spectrogramScale", tr("Frequency axis"),
                   tr("How frequencies are spread: as the ear does (mel), evenly, or by octaves"));
  scale_->addItem(tr("Mel"), static_cast<int>(FrequencyScale::mel));
  scale_->addItem(tr("Linear"), static_cast<int>(FrequencyScale::linear));
  scale_->addItem(tr("Log"), static_cast<int>(FrequencyScale::log));

  auto* display = new QPushButton;
  display->setObjectName("spectrogramDisplay");
  display->setText(tr("Colours"));
  display->setToolTip(tr("Palette and the levels it spans"));
  auto* display_menu = new QMenu(display);
  auto* form = new QWidgetAction(display_menu);
  form->setDefaultWidget(makeDisplayForm());
  display_menu->addAction(form);
  display->setMenu(display_menu);

  auto* export_button = new QPushButton;
  export_button->setIcon(icon(Icon::export_file));
  export_button->setObjectName("spectrogramExport");
  export_button->setText(tr("Export"));
  export_button->setToolTip(tr("Save the picture, or the levels as a table"));
  export_menu_ = new QMenu(export_button);
  export_menu_->setObjectName("spectrogramExportMenu");
  export_button->setMenu(export_menu_);
  connect(export_menu_, &QMenu::aboutToShow, this, &SpectrogramPanel::fillExportMenu);

  auto* controls = new QWidget;
  auto* row = controls_ = new QHBoxLayout(controls);
  row->setContentsMargins(2 * kSpacing, kSpacing, 2 * kSpacing, 0);
  row->setSpacing(2 * kSpacing);
  row->addWidget(view_);
  row->addWidget(compared_);
  row->addWidget(scale_);
  row->addStretch(1);
  row->addWidget(display);
  row->addWidget(export_button);

  connect(view_, &QComboBox::currentIndexChanged, this, [this] { compute(); });
  connect(view_, &QComboBox::activated, this, [this] { recording_wanted_ = view() == View::recorded; });
  connect(compared_, &QComboBox::activated, this, [this](int index) {
    test_ = index + 1;
    compute();
  });
  connect(scale_, &QComboBox::currentIndexChanged, this,
          [this] { plot_->setScale(static_cast<FrequencyScale>(scale_->currentData().toInt())); });
  return controls;
}

SpectrogramPanel::View SpectrogramPanel::view() const {
  return static_cast<View>(view_->currentData().toInt());
}

void SpectrogramPanel::setView(View view) {
  recording_wanted_ = view == View::recorded;
  const int row = view_->findData(static_cast<int>(view));
  view_->setCurrentIndex(row >= 0 ? row : view_->findData(static_cast<int>(View::all)));
}

/// Of a clip that has one, with the choice that was made for the last that had.
void SpectrogramPanel::offerRecording() {
  const QSignalBlocker quiet(view_);  // who asks computes
  const int row = view_->findData(static_cast<int>(View::recorded));
  if (!original_ && row >= 0) {
    if (view_->currentIndex() == row) view_->setCurrentIndex(view_->findData(static_cast<int>(View::all)));
    view_->removeItem(row);
  } else if (original_ && row < 0) {
    view_->insertItem(0, tr("Recording, both and difference"), static_cast<int>(View::recorded));
    if (recording_wanted_) view_->setCurrentIndex(0);
  }
}

void SpectrogramPanel::addReadout(QWidget* readout) {
  readout->setContentsMargins(2 * kSpacing, 0, 2 * kSpacing, 0);
  readouts_->insertWidget(0, readout);
}

void SpectrogramPanel::addControl(QWidget* control) {
  controls_->insertWidget(controls_->indexOf(scale_) + 1, control);
  setTabOrder(scale_, control);
}

QWidget* SpectrogramPanel::makeDisplayForm() {
  const auto decibels = [this](const QString& name, double least, double most, double value,
                               const QString& tip) {
    auto* box = new QDoubleSpinBox;
    box->setObjectName(name);
    box->setDecimals(0);
    box->setRange(least, most);
    box->setSingleStep(5);
    box->setValue(value);
    box->setSuffix(QStringLiteral(" dB"));
    box->setToolTip(tip);
    connect(box, &QDoubleSpinBox::valueChanged, this, &SpectrogramPanel::showColours);
    return box;
  };
  palette_ = new QComboBox;
  palette_->setObjectName("spectrogramPalette");
  palette_->addItem(tr("Viridis"), static_cast<int>(LevelPalette::viridis));
  palette_->addItem(tr("Magma"), static_cast<int>(LevelPalette::magma));
  palette_->addItem(tr("Grey"), static_cast<int>(LevelPalette::grey));
  connect(palette_, &QComboBox::currentIndexChanged, this, &SpectrogramPanel::showColours);
  loudest_ = decibels("spectrogramLoudest", -80, 10, -15, tr("The level that gets the last colour"));
  range_ = decibels("spectrogramRange", 10, 110, 75, tr("How far below it the first colour lies"));
  difference_ =
      decibels("spectrogramDifference", 1, 60, 12, tr("Differences up to this are told apart by colour"));
  difference_->setPrefix(QString::fromUtf8("\u00b1"));

  beyond_only_ = new QCheckBox(tr("Only &beyond other noise"));
  beyond_only_->setObjectName("spectrogramBeyondOnly");
  beyond_only_->setToolTip(
      tr("Of a difference, what exceeds that of another take: 95 % of its moments, by frequency"));
  beyond_only_->setChecked(true);
  connect(beyond_only_, &QCheckBox::toggled, this, &SpectrogramPanel::showPictures);

  auto* form = new QWidget;
  auto* rows = new QFormLayout(form);
  rows->addRow(tr("&Palette"), palette_);
  rows->addRow(tr("&Loudest"), loudest_);
  rows->addRow(tr("&Range"), range_);
  rows->addRow(tr("&Difference"), difference_);
  rows->addRow(beyond_only_);
  return form;
}

}  // namespace octet::ui
