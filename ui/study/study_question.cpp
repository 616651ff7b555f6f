#include "ui/study/study_question.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

#include "ui/study/studied_clips.h"
#include "ui/theme/path_row.h"
#include "ui/theme/shown_path.h"
#include "ui/theme/tab_order.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

/// What a tree is made to show is what a person is about; else all.
int first_of(const std::vector<LayerScope>& scopes) {
  return scopes.back().shown ? static_cast<int>(scopes.size()) - 1 : 0;
}

}  // namespace

StudyQuestion::StudyQuestion(const Checkpoint& checkpoint, std::vector<Clip> clips,
                             std::vector<LayerScope> scopes, const QString& ending, QWidget* parent)
    : QDialog(parent),
      scopes_(std::move(scopes)),
      clips_(new StudiedClips(std::move(clips))),
      seconds_(new StudiedSeconds),
      layers_(new QComboBox),
      place_(new QLineEdit(proposed_place(checkpoint, ending))) {
  layers_->setObjectName("studyLayers");
  for (const auto& scope : scopes_)
    layers_->addItem(QStringLiteral("%1 (%2)").arg(scope.name).arg(scope.layers));
  layers_->setCurrentIndex(first_of(scopes_));
  place_->setObjectName("studyPlace");
}

void StudyQuestion::layOut(const QString& said, const std::function<void(QFormLayout&)>& more) {
  auto* text = new QLabel(said);
  text->setWordWrap(true);
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  start_ = buttons->addButton(tr("Study"), QDialogButtonBox::AcceptRole);
  start_->setObjectName("startStudy");

  auto* form = new QFormLayout(this);
  form->setVerticalSpacing(2 * kSpacing);
  form->addRow(text);
  form->addRow(tr("&Clips"), clips_);
  form->addRow(tr("&Seconds of each"), seconds_);
  form->addRow(tr("&Layers"), layers_);
  more(*form);
  add_path_row(*form, tr("&Write to"),
               output_row(*place_, tr("Write the study to"), tr("Studies (*.json);;All files (*)")), *place_);
  form->addRow(buttons);
  tab_as_seen(*buttons);

  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(clips_, &StudiedClips::itemChanged, this, &StudyQuestion::showWhatIsMissing);
  connect(place_, &QLineEdit::textChanged, this, &StudyQuestion::showWhatIsMissing);
  showWhatIsMissing();
}

std::vector<Clip> StudyQuestion::chosenClips() const { return clips_->chosen(); }

double StudyQuestion::seconds() const { return seconds_->seconds(); }

const LayerScope& StudyQuestion::scope() const {
  return scopes_[static_cast<std::size_t>(layers_->currentIndex())];
}

std::filesystem::path StudyQuestion::place() const { return settled(place_->text().toStdString()); }

void StudyQuestion::showWhatIsMissing() {
  start_->setEnabled(!clips_->chosen().empty() && !place_->text().isEmpty());
  start_->setToolTip(start_->isEnabled() ? QString() : tr("Say on which clips, and where to write"));
}

}  // namespace octet::ui
