#include "ui/validation/validate_dialog.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>

#include "core/resources.h"
#include "ui/document/document.h"
#include "ui/theme/path_row.h"
#include "ui/theme/shown_path.h"
#include "ui/theme/tab_order.h"
#include "ui/theme/theme.h"
#include "ui/validation/set_view.h"

namespace octet::ui {

ValidateDialog::ValidateDialog(std::vector<StudyPlan> plans, const Checkpoint& checkpoint, JobRunner& lane,
                               QWidget* parent)
    : QDialog(parent),
      plans_(std::move(plans)),
      set_(new QLineEdit),
      view_(new SetView(lane)),
      of_window_(new QRadioButton(tr("every layer in bf16, and the %n plans of this window", nullptr,
                                     static_cast<int>(plans_.size())))),
      of_components_(new QRadioButton(tr("each component of the seed policy, alone and together"))),
      control_(new QCheckBox(tr("and one that is &bad on purpose, which has to be found"))),
      place_(new QLineEdit(proposed_place(checkpoint, QStringLiteral(".validation.html")))) {
  setObjectName("validateDialog");
  setWindowTitle(tr("Validate"));
  auto* said = new QLabel(
      tr("Each plan speaks all clips of the set and is judged against every layer in fp32, beside what two "
         "draws of noise differ by. It takes minutes, and goes on where it was stopped. The report opens in "
         "the browser, its figures are beside it as JSON."));
  said->setWordWrap(true);
  set_->setObjectName("validationSet");
  set_->setAccessibleName(tr("Set"));
  of_window_->setObjectName("ofWindow");
  of_components_->setObjectName("ofComponents");
  of_window_->setChecked(true);
  control_->setObjectName("withControl");
  control_->setChecked(true);
  control_->setToolTip(
      tr("The control: the vocoder's weights clipped until no ear forgives it. Where it is not judged "
         "broken, these clips and measures could not tell a broken plan. It takes as long as one plan."));
  place_->setObjectName("validationPlace");
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
  start_ = buttons->addButton(tr("Validate"), QDialogButtonBox::AcceptRole);
  start_->setObjectName("startValidation");

  auto* form = new QFormLayout(this);
  form->setVerticalSpacing(2 * kSpacing);
  form->addRow(said);
  add_path_row(*form, tr("&Set"), folder_row(*set_, tr("Set to judge on")), *set_);
  form->addRow(view_);
  form->addRow(tr("Plans"), of_window_);
  form->addRow({}, of_components_);
  form->addRow({}, control_);
  add_path_row(*form, tr("&Write to"),
               output_row(*place_, tr("Write the report to"), tr("Web pages (*.html);;All files (*)")),
               *place_);
  form->addRow(buttons);
  tab_as_seen(*buttons);

  connect(buttons, &QDialogButtonBox::accepted, this, &ValidateDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(set_, &QLineEdit::textChanged, this,
          [this] { view_->setFolder(settled(set_->text().toStdString())); });
  for (auto* edit : {set_, place_})
    connect(edit, &QLineEdit::textChanged, this, &ValidateDialog::showWhatIsMissing);
  set_->setText(shown_path(QString::fromStdString((demo_voice_folder() / "clips").string())));
  showWhatIsMissing();
  resize(100 * fontMetrics().averageCharWidth(), 40 * fontMetrics().height());
}

void ValidateDialog::showWhatIsMissing() {
  start_->setEnabled(!set_->text().isEmpty() && !place_->text().isEmpty());
  start_->setToolTip(start_->isEnabled() ? QString() : tr("Say which set, and where to write"));
}

void ValidateDialog::accept() {
  ValidationRequest request{.set = settled(set_->text().toStdString()),
                            .plans = of_window_->isChecked() ? plans_ : std::vector<StudyPlan>(),
                            .report = settled(place_->text().toStdString()),
                            .control = control_->isChecked()};
  if (!may_write(place_->text(), this)) return;
  Q_EMIT asked(request);
  QDialog::accept();
}

}  // namespace octet::ui
