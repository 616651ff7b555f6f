#include "ui/workbench/calibrate_dialog.h"

#include <QDialogButtonBox>
#include <QFileInfo>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QSpinBox>

#include "ui/theme/path_row.h"
#include "ui/theme/shown_path.h"
#include "ui/theme/tab_order.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr int kMostSteps = 50;

}  // namespace

CalibrateDialog::CalibrateDialog(const Workbench& workbench, QWidget* parent)
    : QDialog(parent),
      clips_(workbench.clips()),
      of_clips_(
          new QRadioButton(tr("the %n clips of this window", nullptr, static_cast<int>(clips_.size())))),
      of_folder_(new QRadioButton(tr("a folder of sounds or captured utterances"))),
      folder_(new QLineEdit),
      steps_(new QSpinBox),
      place_(new QLineEdit(proposed_place(*workbench.checkpoint(), QStringLiteral(".calibration")))) {
  setObjectName("calibrateDialog");
  setWindowTitle(tr("Calibrate"));
  auto* said = new QLabel(
      tr("Speech is streamed through the model in fp32, and what each layer is given is summed up. "
         "By it GPTQ and AdaRound choose integers, biases are corrected, and outliers are fixed. It takes "
         "about as long as speaking it, and goes on where it was stopped."));
  said->setWordWrap(true);
  of_clips_->setObjectName("ofClips");
  of_folder_->setObjectName("ofFolder");
  of_clips_->setChecked(!clips_.empty());
  of_folder_->setChecked(clips_.empty());
  folder_->setObjectName("calibrationFolder");
  folder_->setAccessibleName(tr("Folder"));
  steps_->setObjectName("calibrationSteps");
  steps_->setRange(0, kMostSteps);
  steps_->setSpecialValueText(tr("as trained"));
  place_->setObjectName("calibrationPlace");
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  start_ = buttons->addButton(tr("Calibrate"), QDialogButtonBox::AcceptRole);
  start_->setObjectName("startCalibration");

  auto* form = new QFormLayout(this);
  form->setVerticalSpacing(2 * kSpacing);
  form->addRow(said);
  form->addRow(tr("On"), of_clips_);
  form->addRow({}, of_folder_);
  form->addRow({}, folder_row(*folder_, tr("Speech to calibrate on")));
  form->addRow(tr("&Euler steps"), steps_);
  add_path_row(
      *form, tr("&Write to"),
      output_row(*place_, tr("Write the calibration to"), tr("Calibrations (*.calibration);;All files (*)")),
      *place_);
  form->addRow(buttons);
  tab_as_seen(*buttons);

  connect(buttons, &QDialogButtonBox::accepted, this, &CalibrateDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(folder_, &QLineEdit::textChanged, of_folder_, &QRadioButton::click);
  for (auto* edit : {folder_, place_})
    connect(edit, &QLineEdit::textChanged, this, &CalibrateDialog::showWhatIsMissing);
  connect(of_clips_, &QRadioButton::toggled, this, &CalibrateDialog::showWhatIsMissing);
  showWhatIsMissing();
  resize(70 * fontMetrics().averageCharWidth(), sizeHint().height());
}

void CalibrateDialog::showWhatIsMissing() {
  of_clips_->setEnabled(!clips_.empty());
  const bool speech = of_clips_->isChecked() || !folder_->text().isEmpty();
  start_->setEnabled(speech && !place_->text().isEmpty());
  start_->setToolTip(start_->isEnabled() ? QString() : tr("Say what to calibrate on, and where to write"));
}

void CalibrateDialog::accept() {
  if (!may_write(place_->text(), this)) return;
  const bool by_folder = of_folder_->isChecked();
  Q_EMIT asked({.name = by_folder ? QFileInfo(folder_->text()).fileName()
                                  : tr("%n clips", nullptr, static_cast<int>(clips_.size())),
                .clips = by_folder ? std::vector<Clip>() : clips_,
                .folder = by_folder ? settled(folder_->text().toStdString()) : std::filesystem::path(),
                .steps = steps_->value(),
                .path = settled(place_->text().toStdString())});
  QDialog::accept();
}

}  // namespace octet::ui
