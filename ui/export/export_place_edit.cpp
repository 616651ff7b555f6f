#include "ui/export/export_place_edit.h"

#include <QApplication>
#include <QEvent>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

#include "ui/export/export_parts.h"
#include "ui/language/announce.h"
#include "ui/theme/shown_path.h"
#include "ui/theme/theme.h"

namespace octet::ui {

ExportPlaceEdit::ExportPlaceEdit(JobRunner& places, QWidget* parent)
    : QWidget(parent), places_(places), file_(new QLineEdit), note_(new QLabel) {
  auto* label = new QLabel(tr("&File"));
  file_->setObjectName("exportFile");
  file_->setAccessibleName(tr("The file to write"));
  label->setBuddy(file_);
  auto* choose = new QPushButton(tr("C&hoose…"));
  choose->setObjectName("chooseExportFile");
  choose->setAutoDefault(false);
  connect(choose, &QPushButton::clicked, this, &ExportPlaceEdit::choose);
  connect(file_, &QLineEdit::textChanged, this, [this] {
    lookUp();
    showNote();
    Q_EMIT changed();
  });
  note_->setObjectName("exportFileNote");
  note_->setWordWrap(true);

  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2 * kSpacing);
  auto* row = new QHBoxLayout;
  row->addWidget(label);
  row->addWidget(file_, 1);
  row->addWidget(choose);
  column->addLayout(row);
  column->addWidget(note_);
  refreshColours();
  showNote();
}

QString ExportPlaceEdit::name() const { return full_path(file_->text().trimmed()); }

void ExportPlaceEdit::setName(const QString& name) { file_->setText(shown_path(name)); }

void ExportPlaceEdit::setNeeded(std::uint64_t bytes) {
  needed_ = bytes;
  showNote();
}

void ExportPlaceEdit::setReplacementTold(bool told) {
  replacement_told_ = told;
  found_ = {};  // what is there may be another by now
  lookUp();
  showNote();
}

ExportPlace ExportPlaceEdit::known() const {
  return name() == found_.name ? found_ : ExportPlace{name(), false, {}, {}};
}

bool ExportPlaceEdit::usable() const { return !name().isEmpty() && !known().is_folder; }

void ExportPlaceEdit::choose() {
  auto* chooser = new QFileDialog(this, tr("Export to"), name(), tr("safetensors (*.safetensors)"));
  chooser->setAttribute(Qt::WA_DeleteOnClose);
  chooser->setAcceptMode(QFileDialog::AcceptSave);
  chooser->setDefaultSuffix("safetensors");
  chooser->setOption(QFileDialog::DontConfirmOverwrite);  // it is said below the name
  connect(chooser, &QFileDialog::fileSelected, this, &ExportPlaceEdit::setName);
  chooser->open();
}

/// Not with each key: a place on a network may take seconds to answer.
void ExportPlaceEdit::lookUp() {
  if (name() == found_.name || looking_) return;
  looking_ = true;
  places_.run(
      tr("Look at the place"), this, [name = name()](const JobControl&) { return look_at(name); },
      [this](const ExportPlace& found) {
        looking_ = false;
        found_ = found;
        lookUp();  // more may have been typed
        showNote();
        Q_EMIT changed();
      });
}

void ExportPlaceEdit::showNote() {
  const auto place = known();
  QString note;
  if (place.name.isEmpty())
    note = tr("Choose where the file goes.");
  else if (place.is_folder)
    note = tr("This is a folder: add a file name.");
  else if (place.free && *place.free < needed_)
    note = tr("Only %1 are free there.").arg(megabytes(*place.free));
  else if (place.replaced && replacement_told_)
    note = tr("Replaces the file that is there (%1).").arg(megabytes(*place.replaced));
  note_->setVisible(!note.isEmpty());
  announce(*note_, note);
}

void ExportPlaceEdit::refreshColours() {
  auto dressed = QApplication::palette();
  dressed.setColor(QPalette::WindowText, colours().caution);
  note_->setPalette(dressed);
}

void ExportPlaceEdit::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) refreshColours();
}

}  // namespace octet::ui
