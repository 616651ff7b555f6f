#include "ui/export/export_dialog.h"

#include <QApplication>
#include <QCheckBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMessageBox>
#include <QProgressBar>
#include <QPushButton>
#include <QStandardPaths>
#include <QVBoxLayout>
#include <algorithm>
#include <set>

#include "core/export/exporter.h"
#include "core/kernels/device.h"
#include "ui/export/export_formats.h"
#include "ui/export/export_outcome.h"
#include "ui/export/export_parts.h"
#include "ui/jobs/jobs_panel.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

QLabel* wrapped() {
  auto* label = new QLabel;
  label->setWordWrap(true);
  return label;
}

}  // namespace

ExportDialog::ExportDialog(std::shared_ptr<const Checkpoint> checkpoint, ResolvedPlan resolved,
                           JobRunner& writing, JobRunner& verifying, const QString& device, int threads,
                           QWidget* parent)
    : QDialog(parent),
      checkpoint_(std::move(checkpoint)),
      resolved_(std::move(resolved)),
      writing_(writing),
      verifying_(verifying),
      device_(device.toStdString()),
      threads_(threads) {
  setObjectName("exportDialog");
  setWindowTitle(tr("Export %1 under “%2”")
                     .arg(QString::fromStdString(checkpoint_->path().filename().string()),
                          QString::fromStdString(resolved_.plan.name)));
  auto* column = new QVBoxLayout(this);
  column->setSpacing(3 * kSpacing);
  column->addWidget(form_ = makeContents());
  makeProgress();
  for (QWidget* part : std::initializer_list<QWidget*>{failure_text_, progress_, outcome_})
    column->addWidget(part);
  column->addStretch(1);
  auto* buttons = new QDialogButtonBox;
  start_ = buttons->addButton(tr("Export and verify"), QDialogButtonBox::AcceptRole);
  start_->setObjectName("startExport");
  start_->setDefault(true);
  close_ = buttons->addButton(QDialogButtonBox::Close);
  close_->setObjectName("closeExport");
  connect(start_, &QPushButton::clicked, this, &ExportDialog::start);
  connect(close_, &QPushButton::clicked, this, [this] { runs() ? cancel() : reject(); });
  column->addWidget(buttons);

  // Both lanes count from one.
  for (auto* lane : std::set{&writing_, &verifying_}) {
    connect(lane, &JobRunner::progressed, this, [this, lane](JobRunner::Id id, const Progress& progress) {
      if (job_ == id && lane == &this->lane()) showProgress(progress);
    });
    connect(lane, &JobRunner::ended, this, [this, lane](JobRunner::Id id, const JobEnd& end) {
      if (job_ == id && lane == &this->lane()) ended(end);
    });
  }
  const auto folder = QStandardPaths::writableLocation(QStandardPaths::DocumentsLocation);
  file_->setText(QDir(folder.isEmpty() ? QDir::homePath() : folder).filePath(export_name(request())));
  setState(State::choosing);
  refreshColours();
  resize(fontMetrics().averageCharWidth() * 100, 0);
  fitHeight();
}

ExportDialog::~ExportDialog() {
  if (job_) lane().cancel(*job_);
}

QWidget* ExportDialog::makeContents() {
  auto* form = new QWidget;
  auto* column = new QVBoxLayout(form);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2 * kSpacing);
  parts_ = new ExportParts(checkpoint_, resolved_);
  connect(parts_, &ExportParts::changed, this, &ExportDialog::choicesChanged);
  column->addWidget(parts_);
  formats_ = new ExportFormats;
  connect(formats_, &ExportFormats::changed, this, [this] {
    choicesChanged();
    fitHeight();  // what is said of a format takes more lines, or fewer
  });
  column->addWidget(formats_);

  size_ = wrapped();
  size_->setObjectName("exportSize");
  column->addWidget(size_);

  auto* place = new QHBoxLayout;
  auto* label = new QLabel(tr("&File"));
  file_ = new QLineEdit;
  file_->setObjectName("exportFile");
  file_->setAccessibleName(tr("The file to write"));
  label->setBuddy(file_);
  auto* choose = new QPushButton(tr("C&hoose…"));
  choose->setObjectName("chooseExportFile");
  choose->setAutoDefault(false);
  connect(choose, &QPushButton::clicked, this, &ExportDialog::choosePlace);
  connect(file_, &QLineEdit::textChanged, this, &ExportDialog::choicesChanged);
  place->addWidget(label);
  place->addWidget(file_, 1);
  place->addWidget(choose);
  column->addLayout(place);
  file_note_ = wrapped();
  file_note_->setObjectName("exportFileNote");
  column->addWidget(file_note_);
  card_ = new QCheckBox(tr("Write a &model card beside it, as a hub shows it"));
  card_->setObjectName("exportCardToo");
  card_->setToolTip(
      tr("A README in Markdown: how to load the file, the plan, sizes, hashes, the licence, and "
         "what was measured of this plan, beside its floors"));
  column->addWidget(card_);
  return form;
}

void ExportDialog::makeProgress() {
  failure_text_ = wrapped();
  failure_text_->setObjectName("exportFailure");
  failure_text_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  failure_text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);

  progress_ = new QWidget;
  auto* progress_column = new QVBoxLayout(progress_);
  progress_column->setContentsMargins(0, 0, 0, 0);
  stage_text_ = wrapped();
  stage_text_->setObjectName("exportStage");
  bar_ = new QProgressBar;
  bar_->setObjectName("exportProgress");
  bar_->setTextVisible(false);
  left_ = new QLabel;
  left_->setObjectName("exportTimeLeft");
  for (QWidget* widget : std::initializer_list<QWidget*>{stage_text_, bar_, left_})
    progress_column->addWidget(widget);

  outcome_ = new ExportOutcome;
}

void ExportDialog::setFile(const QString& path) { file_->setText(path); }

void ExportDialog::setFormat(ExportFormat format) { formats_->choose(format); }

void ExportDialog::setComponents(const std::vector<std::string>& components) { parts_->choose(components); }

std::vector<std::string> ExportDialog::components() const { return parts_->chosen(); }

ExportRequest ExportDialog::request() const {
  const auto path = QFileInfo(file_->text().trimmed()).absoluteFilePath();
  const std::filesystem::path place(path.toStdString());
  return {.checkpoint = checkpoint_,
          .resolved = resolved_,
          .components = components(),
          .path = place,
          .inputs = inputs_,
          .format = formats_->chosen(),
          .card = card_->isChecked() ? card_beside(place) : std::filesystem::path(),
          .report = report_};
}

void ExportDialog::choosePlace() {
  auto* chooser = new QFileDialog(this, tr("Export to"), file_->text(), tr("safetensors (*.safetensors)"));
  chooser->setAttribute(Qt::WA_DeleteOnClose);
  chooser->setAcceptMode(QFileDialog::AcceptSave);
  chooser->setDefaultSuffix("safetensors");
  chooser->setOption(QFileDialog::DontConfirmOverwrite);  // the dialog says it beside the name
  connect(chooser, &QFileDialog::fileSelected, this, &ExportDialog::setFile);
  chooser->open();
}

void ExportDialog::choicesChanged() {
  if (!start_) return;  // still being made
  const auto chosen = components();
  predict(chosen);
  if (chosen.empty())
    size_->setText(tr("Choose at least one part."));
  else if (!unheld_.isEmpty())
    size_->setText(unheld_);
  else
    size_->setText(
        tr("The file will have <b>%1</b> (%2 bytes): %3 % of the %4 it is made from.")
            .arg(megabytes(predicted_), QLocale().toString(qulonglong(predicted_)),
                 QLocale().toString(100.0 * double(predicted_) / double(checkpoint_->file_bytes()), 'f', 0),
                 megabytes(checkpoint_->file_bytes())));

  lookUp();
  showPlace();
}

/// Not with each key typed into the file's name.
void ExportDialog::predict(const std::vector<std::string>& components) {
  const auto wanted = std::pair(components, formats_->chosen());
  if (predicted_for_ == wanted) return;
  predicted_for_ = wanted;
  predicted_ = 0;
  unheld_.clear();
  if (components.empty()) return;
  try {
    predicted_ = predicted_export_bytes(checkpoint_, resolved_, components, wanted.second);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    unheld_ = tr("<b>Not with this plan:</b> %1. Choose another format, or a plan such as linear-only.")
                  .arg(QString::fromUtf8(error.what()).toHtmlEscaped());
  }
}

/// Not with each key: a place on a network may take seconds to answer.
void ExportDialog::lookUp() {
  const auto name = file_->text().trimmed();
  if (name == place_found_.name || looking_.pending() > 0) return;
  looking_.run(
      tr("Look at the place"), this, [name](const JobControl&) { return look_at(name); },
      [this](const ExportPlace& found) {
        place_found_ = found;
        lookUp();  // more may have been typed
        showPlace();
      });
}

void ExportDialog::showPlace() {
  const auto name = file_->text().trimmed();
  const auto known = name == place_found_.name ? place_found_ : ExportPlace{name, false, {}, {}};
  QString note;
  if (name.isEmpty())
    note = tr("Choose where the file goes.");
  else if (known.is_folder)
    note = tr("This is a folder: add a file name.");
  else if (known.free && *known.free < predicted_)
    note = tr("Only %1 are free there.").arg(megabytes(*known.free));
  else if (known.replaced && state_ == State::choosing)
    note = tr("Replaces the file that is there (%1).").arg(megabytes(*known.replaced));
  file_note_->setText(note);
  file_note_->setVisible(!note.isEmpty());
  start_->setEnabled(!runs() && !components().empty() && !name.isEmpty() && !known.is_folder &&
                     unheld_.isEmpty());
}

void ExportDialog::start() {
  if (runs()) return;
  auto asked = request();
  if (asked.components.empty() || file_->text().trimmed().isEmpty() || !unheld_.isEmpty()) return;
  path_ = asked.path;
  verification_ = {};
  stage_.clear();
  failure_text_->clear();
  setState(State::writing);
  job_ = writing_.run(
      tr("Export %1").arg(QString::fromStdString(path_.filename().string())), this,
      [asked = std::move(asked)](const JobControl& control) { return write_requested(asked, control); },
      [this, attempt = ++attempt_](WrittenExport written) {
        if (attempt != attempt_) return;  // given up while it waited
        written_ = std::move(written);
        Q_EMIT exported(QString::fromStdString(path_.string()));
        verify();
      });
}

void ExportDialog::verify() {
  stage_.clear();
  setState(State::verifying);
  job_ = verifying_.run(
      tr("Verify %1").arg(QString::fromStdString(path_.filename().string())), this,
      [path = path_, source = checkpoint_, name = device_, threads = threads_](const JobControl& control) {
        auto device = parse_device(name);  // may start a GPU: not out there
        device.threads = threads;
        return verify_export(path, source, device, control);
      },
      [this, attempt = ++attempt_](Verification verification) {
        if (attempt == attempt_) verification_ = std::move(verification);
      });
}

void ExportDialog::cancel() {
  if (!job_) return;
  lane().cancel(*job_);
  if (stage_.isEmpty()) {  // not begun: there is nothing to wait for
    ++attempt_;
    ended({Error(ErrorKind::cancelled, "cancelled before it began")});
    return;
  }
  stage_text_->setText(tr("Cancelling…"));
  left_->clear();
}

void ExportDialog::ended(const JobEnd& end) {
  job_.reset();
  if (question_) question_->close();
  if (state_ == State::writing) {
    if (end.cancelled())
      setState(State::choosing);
    else if (end.error)
      showFailure(*end.error);
  } else if (end.succeeded()) {
    setState(verification_.passed() ? State::verified : State::wrong);
  } else {
    if (end.cancelled())
      failure_ = tr("The verification was cancelled.");
    else
      failure_ = QString::fromUtf8(end.error->what());
    setState(State::written);
  }
  if (closing_) QDialog::reject();
}

void ExportDialog::reject() {
  if (!runs()) return QDialog::reject();
  if (question_) return question_->raise();
  question_ = new QMessageBox(QMessageBox::Question, tr("Stop the export?"),
                              state_ == State::writing
                                  ? tr("The file is not complete. When you stop now, nothing is left of it.")
                                  : tr("The file is complete, but not verified yet. It stays where it is."),
                              QMessageBox::NoButton, this);
  question_->setObjectName("confirmStop");
  question_->setAttribute(Qt::WA_DeleteOnClose);
  auto* stop = question_->addButton(tr("Stop and close"), QMessageBox::DestructiveRole);
  stop->setObjectName("stopAndClose");
  auto* go_on = question_->addButton(tr("Go on"), QMessageBox::RejectRole);
  question_->setDefaultButton(go_on);
  question_->setEscapeButton(go_on);
  connect(stop, &QAbstractButton::clicked, this, [this] {
    closing_ = true;
    job_ ? cancel() : QDialog::reject();
  });
  question_->open();
}

void ExportDialog::setState(State state) {
  state_ = state;
  form_->setEnabled(!runs());
  close_->setText(runs() ? tr("Cancel") : tr("Close"));
  start_->setText(state_ == State::choosing || runs() ? tr("Export and verify") : tr("Export again"));
  (state_ == State::verified ? close_ : start_)->setDefault(true);
  if (runs()) {
    stage_text_->setText(tr("Waiting for other jobs…"));
    bar_->setRange(0, 0);
    left_->clear();
  }
  const bool complete = state_ == State::written || state_ == State::verified || state_ == State::wrong;
  if (state_ == State::written)
    outcome_->showUnverified(path_, written_, failure_);
  else if (complete)
    outcome_->showVerified(path_, written_, verification_);
  failure_text_->setVisible(state_ == State::choosing && !failure_text_->text().isEmpty());
  progress_->setVisible(runs());
  outcome_->setVisible(complete);
  choicesChanged();
  fitHeight();
  Q_EMIT stateChanged(state);
}

void ExportDialog::fitHeight() {
  // A layout learns of changes in widgets within its own only when they are next looked at.
  for (auto* inner : std::initializer_list<QWidget*>{formats_, form_}) inner->layout()->activate();
  layout()->activate();
  const int height =
      layout()->hasHeightForWidth() ? layout()->totalHeightForWidth(width()) : sizeHint().height();
  resize(width(), height);
}

void ExportDialog::showProgress(const Progress& progress) {
  const auto stage = QString::fromStdString(progress.stage);
  if (stage_ != stage) {
    stage_ = stage;
    stage_clock_.start();
  }
  const auto count = [](int number) { return QLocale().toString(number); };
  bar_->setRange(0, progress.total);
  bar_->setValue(progress.done);
  if (state_ == State::verifying)
    stage_text_->setText(progress.total > 0 ? tr("Reading the file back: %1, %2 of %3")
                                                  .arg(stage, count(progress.done), count(progress.total))
                                            : tr("Reading the file back: %1").arg(stage));
  else if (progress.total > 0)
    stage_text_->setText(tr("Writing: %1 of %2 MB").arg(count(progress.done), count(progress.total)));
  else
    stage_text_->setText(tr("Reading the checkpoint once, for its checksum…"));
  left_->setText(time_left(double(stage_clock_.elapsed()) / 1000, progress.done, progress.total));
}

void ExportDialog::showFailure(const Error& error) {
  failure_ = QString::fromUtf8(error.what());
  failure_.replace(0, 1, failure_.left(1).toUpper());
  advice_ = QString::fromStdString(error.hint());
  if (advice_.isEmpty() && error.kind() == ErrorKind::output)
    advice_ = tr("choose another place for the file");
  auto text = QStringLiteral("<b style='color:%1'>! %2</b><br>%3")
                  .arg(colours().negative.name(), tr("Nothing was exported."), failure_.toHtmlEscaped());
  if (!advice_.isEmpty()) text += QStringLiteral("<br>") + tr("Try this: %1.").arg(advice_.toHtmlEscaped());
  text += QStringLiteral("<br>") + tr("No part of a file was left behind, and your choices are kept.");
  failure_text_->setText(text);
  setState(State::choosing);
}

void ExportDialog::refreshColours() {
  for (const auto& [label, colour] : {std::pair(file_note_, colours().caution), {left_, colours().muted}}) {
    auto dressed = QApplication::palette();
    dressed.setColor(QPalette::WindowText, colour);
    label->setPalette(dressed);
  }
}

void ExportDialog::changeEvent(QEvent* event) {
  QDialog::changeEvent(event);
  if (event->type() == QEvent::PaletteChange && left_) refreshColours();
}

}  // namespace octet::ui
