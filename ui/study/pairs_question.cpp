#include "ui/study/pairs_question.h"

#include <QFormLayout>
#include <QSpinBox>

namespace octet::ui {
namespace {

constexpr int kMostAsked = 100, kFirstMost = 8;

}  // namespace

PairsQuestionDialog::PairsQuestionDialog(const Checkpoint& checkpoint, std::vector<Clip> clips,
                                         std::vector<LayerScope> scopes, QWidget* parent)
    : StudyQuestion(checkpoint, std::move(clips), std::move(scopes), QStringLiteral(".pairs.json"), parent),
      most_(new QSpinBox) {
  setObjectName("pairsQuestion");
  setWindowTitle(tr("Study pairs of layers"));
  most_->setObjectName("pairsMost");
  most_->setRange(2, kMostAsked);
  most_->setValue(kFirstMost);
  most_->setToolTip(tr("8 make 28 pairs, about half their square"));
  layOut(
      tr("Whether two layers that are rounded together do what automatic plans take them to do: those that "
         "damage most in the study that is shown, stored as there, each alone and each two of one kind, "
         "under "
         "the same noise. Work that was stopped goes on where it was; a file that holds anything else is "
         "left "
         "as it is."),
      [this](QFormLayout& form) { form.addRow(tr("Layers of each &kind"), most_); });
  resize(80 * fontMetrics().averageCharWidth(), 30 * fontMetrics().height());
}

void PairsQuestionDialog::accept() {
  Q_EMIT asked({.clips = chosenClips(),
                .seconds = seconds(),
                .layers = scope().glob,
                .most = static_cast<std::size_t>(most_->value()),
                .result = place()});
  QDialog::accept();
}

}  // namespace octet::ui
