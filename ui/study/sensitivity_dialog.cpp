#include "ui/study/sensitivity_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>

#include "ui/study/studied_clips.h"
#include "ui/theme/path_row.h"
#include "ui/theme/shown_path.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

/// What a tree is made to show is what a person is about; else all.
int first_of(const std::vector<LayerScope>& scopes) {
  return scopes.back().shown ? static_cast<int>(scopes.size()) - 1 : 0;
}

}  // namespace

SensitivityDialog::SensitivityDialog(const Checkpoint& checkpoint, std::vector<Clip> clips,
                                     std::vector<LayerScope> scopes, QWidget* parent)
    : QDialog(parent),
      scopes_(std::move(scopes)),
      clips_(new StudiedClips(std::move(clips))),
      seconds_(new StudiedSeconds),
      layers_(new QComboBox),
      exact_(new QRadioButton(tr("exact: the clips are spoken with each layer in int8 alone"))),
      fast_(new QRadioButton(tr("fast: estimated from gradients, for layers of flow and mel2wav"))),
      base_(new QComboBox),
      place_(new QLineEdit(proposed_place(checkpoint, QStringLiteral(".sensitivity.json")))) {
  setObjectName("sensitivityDialog");
  setWindowTitle(tr("Study sensitivity"));
  auto* said = new QLabel(tr(
      "What rounding each layer alone to int8 does to what is spoken, under the same noise: the tree shows "
      "it as Damage, and automatic plans are made of it. A study that was stopped goes on where it was; a "
      "file that holds anything else is left as it is."));
  said->setWordWrap(true);
  layers_->setObjectName("studyLayers");
  for (const auto& scope : scopes_) layers_->addItem(tr("%1 (%2)").arg(scope.name).arg(scope.layers));
  layers_->setCurrentIndex(first_of(scopes_));
  exact_->setObjectName("exact");
  fast_->setObjectName("fast");
  exact_->setChecked(true);
  base_->setObjectName("studyBase");
  for (const auto base : {Precision::fp32, Precision::bf16, Precision::fp16})
    base_->addItem(QString::fromUtf8(to_string(base)), static_cast<int>(base));
  place_->setObjectName("studyPlace");
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  start_ = buttons->addButton(tr("Study"), QDialogButtonBox::AcceptRole);
  start_->setObjectName("startStudy");

  auto* form = new QFormLayout(this);
  form->setVerticalSpacing(2 * kSpacing);
  form->addRow(said);
  form->addRow(tr("&Clips"), clips_);
  form->addRow(tr("&Seconds of each"), seconds_);
  form->addRow(tr("&Layers"), layers_);
  form->addRow(tr("&All others in"), base_);
  form->addRow(tr("How"), exact_);
  form->addRow({}, fast_);
  add_path_row(*form, tr("&Write to"),
               output_row(*place_, tr("Write the study to"), tr("Studies (*.json);;All files (*)")), *place_);
  form->addRow(buttons);

  connect(buttons, &QDialogButtonBox::accepted, this, &SensitivityDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(fast_, &QRadioButton::toggled, this, [this](bool fast) {
    if (fast) base_->setCurrentIndex(0);  // gradients are those of fp32
    base_->setEnabled(!fast);
  });
  connect(clips_, &StudiedClips::itemChanged, this, &SensitivityDialog::showWhatIsMissing);
  connect(place_, &QLineEdit::textChanged, this, &SensitivityDialog::showWhatIsMissing);
  showWhatIsMissing();
  resize(80 * fontMetrics().averageCharWidth(), 34 * fontMetrics().height());
}

void SensitivityDialog::showWhatIsMissing() {
  start_->setEnabled(!clips_->chosen().empty() && !place_->text().isEmpty());
  start_->setToolTip(start_->isEnabled() ? QString() : tr("Say on which clips, and where to write"));
}

void SensitivityDialog::accept() {
  const auto& scope = scopes_[static_cast<std::size_t>(layers_->currentIndex())];
  Q_EMIT asked({.name = scope.name,
                .clips = clips_->chosen(),
                .seconds = seconds_->seconds(),
                .layers = scope.glob,
                .base = static_cast<Precision>(base_->currentData().toInt()),
                .effort = fast_->isChecked() ? Effort::fast : Effort::exact,
                .result = settled(place_->text().toStdString())});
  QDialog::accept();
}

}  // namespace octet::ui
