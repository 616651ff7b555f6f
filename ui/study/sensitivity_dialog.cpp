#include "ui/study/sensitivity_dialog.h"

#include <QComboBox>
#include <QFormLayout>
#include <QRadioButton>

namespace octet::ui {

SensitivityDialog::SensitivityDialog(const Checkpoint& checkpoint, std::vector<Clip> clips,
                                     std::vector<LayerScope> scopes, QWidget* parent)
    : StudyQuestion(checkpoint, std::move(clips), std::move(scopes), QStringLiteral(".sensitivity.json"),
                    parent),
      exact_(new QRadioButton(tr("exact: the clips are spoken with each layer in int8 alone"))),
      fast_(new QRadioButton(tr("fast: estimated from gradients, for layers of flow and mel2wav"))),
      base_(new QComboBox) {
  setObjectName("sensitivityDialog");
  setWindowTitle(tr("Study sensitivity"));
  exact_->setObjectName("exact");
  fast_->setObjectName("fast");
  exact_->setChecked(true);
  base_->setObjectName("studyBase");
  for (const auto base : {Precision::fp32, Precision::bf16, Precision::fp16})
    base_->addItem(QString::fromUtf8(to_string(base)), static_cast<int>(base));
  connect(fast_, &QRadioButton::toggled, this, [this](bool fast) {
    if (fast) base_->setCurrentIndex(0);  // gradients are those of fp32
    base_->setEnabled(!fast);
  });
  layOut(
      tr("What rounding each layer alone to int8 does to what is spoken, under the same noise: the tree "
         "shows it as Damage, and automatic plans are made of it. A study that was stopped goes on where it "
         "was; a file that holds anything else is left as it is."),
      [this](QFormLayout& form) {
        form.addRow(tr("&All others in"), base_);
        form.addRow(tr("How"), exact_);
        form.addRow({}, fast_);
      });
  resize(80 * fontMetrics().averageCharWidth(), 34 * fontMetrics().height());
}

void SensitivityDialog::accept() {
  Q_EMIT asked({.name = scope().name,
                .clips = chosenClips(),
                .seconds = seconds(),
                .layers = scope().glob,
                .base = static_cast<Precision>(base_->currentData().toInt()),
                .effort = fast_->isChecked() ? Effort::fast : Effort::exact,
                .result = place()});
  QDialog::accept();
}

}  // namespace octet::ui
