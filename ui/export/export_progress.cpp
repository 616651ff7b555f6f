#include "ui/export/export_progress.h"

#include <QApplication>
#include <QEvent>
#include <QLabel>
#include <QLocale>
#include <QProgressBar>
#include <QVBoxLayout>

#include "ui/jobs/jobs_model.h"
#include "ui/language/stage_names.h"
#include "ui/theme/theme.h"

namespace octet::ui {

ExportProgress::ExportProgress(QWidget* parent)
    : QWidget(parent), text_(new QLabel), bar_(new QProgressBar), left_(new QLabel) {
  text_->setObjectName("exportStage");
  text_->setWordWrap(true);
  bar_->setObjectName("exportProgress");
  bar_->setTextVisible(false);
  left_->setObjectName("exportTimeLeft");
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  for (QWidget* widget : std::initializer_list<QWidget*>{text_, bar_, left_}) column->addWidget(widget);
  refreshColours();
}

void ExportProgress::begin(Work work) {
  work_ = work;
  stage_.clear();
  text_->setText(tr("Waiting for other jobs…"));
  bar_->setRange(0, 0);
  left_->clear();
}

void ExportProgress::show(const Progress& progress) {
  const auto stage = stage_in_words(progress.stage);
  if (stage_ != stage) {
    stage_ = stage;
    stage_clock_.start();
  }
  const auto count = [](int number) { return QLocale().toString(number); };
  bar_->setRange(0, progress.total);
  bar_->setValue(progress.done);
  if (work_ == Work::verifying)
    text_->setText(progress.total > 0 ? tr("Reading the file back: %1, %2 of %3")
                                            .arg(stage, count(progress.done), count(progress.total))
                                      : tr("Reading the file back: %1").arg(stage));
  else if (progress.total > 0)
    text_->setText(tr("Writing: %1 of %2 MB").arg(count(progress.done), count(progress.total)));
  else
    text_->setText(tr("Reading the checkpoint once, for its checksum…"));
  left_->setText(time_left(double(stage_clock_.elapsed()) / 1000, progress.done, progress.total));
}

void ExportProgress::showCancelling() {
  text_->setText(tr("Cancelling…"));
  left_->clear();
}

void ExportProgress::refreshColours() {
  auto dressed = QApplication::palette();
  dressed.setColor(QPalette::WindowText, colours().muted);
  left_->setPalette(dressed);
}

void ExportProgress::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) refreshColours();
}

}  // namespace octet::ui
