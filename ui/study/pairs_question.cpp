#include "ui/study/pairs_question.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

#include "ui/study/studied_clips.h"
#include "ui/theme/path_row.h"
#include "ui/theme/shown_path.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

constexpr int kMost = 100, kFirstMost = 8;

}  // namespace

PairsQuestionDialog::PairsQuestionDialog(const Checkpoint& checkpoint, std::vector<Clip> clips,
                                         std::vector<LayerScope> scopes, QWidget* parent)
    : QDialog(parent),
      scopes_(std::move(scopes)),
      clips_(new StudiedClips(std::move(clips))),
      seconds_(new StudiedSeconds),
      layers_(new QComboBox),
      most_(new QSpinBox),
      place_(new QLineEdit(proposed_place(checkpoint, QStringLiteral(".pairs.json")))) {
  setObjectName("pairsQuestion");
  setWindowTitle(tr("Study pairs of layers"));
  auto* said = new QLabel(tr(
      "Whether two layers that are rounded together do what automatic plans take them to do: those that "
      "damage most in the study that is shown, stored as there, each alone and each two of one kind, under "
      "the same noise. Work that was stopped goes on where it was; a file that holds anything else is left "
      "as it is."));
  said->setWordWrap(true);
  layers_->setObjectName("pairsLayers");
  for (const auto& scope : scopes_) layers_->addItem(tr("%1 (%2)").arg(scope.name).arg(scope.layers));
  most_->setObjectName("pairsMost");
  most_->setRange(2, kMost);
  most_->setValue(kFirstMost);
  most_->setToolTip(tr("Of 8, 28 pairs: as many as half their square"));
  place_->setObjectName("pairsPlace");
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  start_ = buttons->addButton(tr("Study"), QDialogButtonBox::AcceptRole);
  start_->setObjectName("startPairs");

  auto* form = new QFormLayout(this);
  form->setVerticalSpacing(2 * kSpacing);
  form->addRow(said);
  form->addRow(tr("&Clips"), clips_);
  form->addRow(tr("&Seconds of each"), seconds_);
  form->addRow(tr("&Layers"), layers_);
  form->addRow(tr("Layers of each &kind"), most_);
  add_path_row(*form, tr("&Write to"),
               output_row(*place_, tr("Write the pairs to"), tr("Studies (*.json);;All files (*)")), *place_);
  form->addRow(buttons);

  connect(buttons, &QDialogButtonBox::accepted, this, &PairsQuestionDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(clips_, &StudiedClips::itemChanged, this, &PairsQuestionDialog::showWhatIsMissing);
  connect(place_, &QLineEdit::textChanged, this, &PairsQuestionDialog::showWhatIsMissing);
  showWhatIsMissing();
  resize(80 * fontMetrics().averageCharWidth(), 30 * fontMetrics().height());
}

void PairsQuestionDialog::showWhatIsMissing() {
  start_->setEnabled(!clips_->chosen().empty() && !place_->text().isEmpty());
  start_->setToolTip(start_->isEnabled() ? QString() : tr("Say on which clips, and where to write"));
}

void PairsQuestionDialog::accept() {
  Q_EMIT asked({.clips = clips_->chosen(),
                .seconds = seconds_->seconds(),
                .layers = scopes_[static_cast<std::size_t>(layers_->currentIndex())].glob,
                .most = static_cast<std::size_t>(most_->value()),
                .result = settled(place_->text().toStdString())});
  QDialog::accept();
}

}  // namespace octet::ui
