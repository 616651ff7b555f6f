#include "ui/export/export_dialog.h"

#include <QCheckBox>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QMessageBox>
#include <QPushButton>
#include <QVBoxLayout>

#include "core/kernels/device.h"
#include "ui/export/export_formats.h"
#include "ui/export/export_outcome.h"
#include "ui/export/export_parts.h"
#include "ui/export/export_place_edit.h"
#include "ui/export/export_progress.h"
#include "ui/export/streams_dialog.h"
#include "ui/language/announce.h"
#include "ui/theme/shown_path.h"
#include "ui/theme/tab_order.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

QLabel* wrapped() {
  auto* label = new QLabel;
  label->setWordWrap(true);
  return label;
}

}  // namespace

ExportDialog::ExportDialog(std::shared_ptr<const Checkpoint> checkpoint, ResolvedPlan resolved, Lanes& lanes,
                           const QString& device, int threads, QWidget* parent)
    : QDialog(parent),
      checkpoint_(std::move(checkpoint)),
      resolved_(std::move(resolved)),
      prediction_(checkpoint_, resolved_),
      lanes_(lanes),
      device_(device.toStdString()),
      threads_(threads) {
  setObjectName("exportDialog");
  setWindowTitle(tr("Export %1 under “%2”")
                     .arg(QString::fromStdString(checkpoint_->path().filename().string()),
                          QString::fromStdString(resolved_.plan.name)));
  auto* column = new QVBoxLayout(this);
  column->setSpacing(3 * kSpacing);
  column->addWidget(form_ = makeContents());
  sound_ = wrapped();
  sound_->setObjectName("exportSound");
  sound_->hide();
  failure_text_ = wrapped();
  failure_text_->setObjectName("exportFailure");
  failure_text_->setAlignment(Qt::AlignTop | Qt::AlignLeft);
  failure_text_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  progress_ = new ExportProgress;
  outcome_ = new ExportOutcome;
  for (QWidget* part : std::initializer_list<QWidget*>{sound_, failure_text_, progress_, outcome_})
    column->addWidget(part);
  column->addStretch(1);
  auto* buttons = new QDialogButtonBox;
  start_ = buttons->addButton(tr("Export and verify"), QDialogButtonBox::AcceptRole);
  start_->setObjectName("startExport");
  start_->setDefault(true);
  close_ = buttons->addButton(QDialogButtonBox::Close);
  close_->setObjectName("closeExport");
  connect(start_, &QPushButton::clicked, this,
          [this] { isComplete() ? setState(State::choosing) : start(); });
  connect(close_, &QPushButton::clicked, this, [this] { runs() ? cancel() : reject(); });
  column->addWidget(buttons);
  tab_as_seen(*buttons);

  // Both lanes count from one.
  for (auto* lane : {&lanes_.analysis, &lanes_.device}) {
    connect(lane, &JobRunner::progressed, this, [this, lane](JobRunner::Id id, const Progress& progress) {
      if (job_ == id && lane == &this->lane()) progress_->show(progress);
    });
    connect(lane, &JobRunner::ended, this, [this, lane](JobRunner::Id id, const JobEnd& end) {
      if (job_ == id && lane == &this->lane()) ended(end);
    });
  }
  place_->setName(QDir(documents_folder()).filePath(export_name(request())));
  setState(State::choosing);
  resize(fontMetrics().averageCharWidth() * 100, 0);
  fitHeight();
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
  connect(formats_, &ExportFormats::changed, this, &ExportDialog::choicesChanged);
  column->addWidget(formats_);

  size_ = wrapped();
  size_->setObjectName("exportSize");
  auto* streams = new QPushButton(tr("Clips at once on a &GPU…"));
  streams->setObjectName("showStreams");
  streams->setAutoDefault(false);
  connect(streams, &QPushButton::clicked, this, &ExportDialog::showStreams);
  auto* sizes = new QHBoxLayout;
  sizes->addWidget(size_, 1);
  sizes->addWidget(streams);
  column->addLayout(sizes);

  place_ = new ExportPlaceEdit(lanes_.places);
  connect(place_, &ExportPlaceEdit::changed, this, &ExportDialog::choicesChanged);
  column->addWidget(place_);
  card_ = new QCheckBox(tr("Write a &model card beside it, as a hub shows it"));
  card_->setObjectName("exportCardToo");
  card_->setToolTip(
      tr("A README in Markdown: how to load the file, the plan, sizes, hashes, the licence, and "
         "what was measured of this plan, beside its floors"));
  column->addWidget(card_);
  return form;
}

void ExportDialog::showStreams() {
  auto* streams = new StreamsDialog(checkpoint_, resolved_, lanes_, device_, this);
  streams->setAttribute(Qt::WA_DeleteOnClose);
  streams->open();
}

void ExportDialog::setFile(const QString& path) { place_->setName(path); }

void ExportDialog::setFormat(ExportFormat format) { formats_->choose(format); }

void ExportDialog::setComponents(const std::vector<std::string>& components) { parts_->choose(components); }

std::vector<std::string> ExportDialog::components() const { return parts_->chosen(); }

ExportRequest ExportDialog::request() const {
  const auto path = QFileInfo(place_->name()).absoluteFilePath();
  const std::filesystem::path place(path.toStdString());
  return {.checkpoint = checkpoint_,
          .resolved = resolved_,
          .components = components(),
          .path = place,
          .inputs = inputs_,
          .format = formats_->chosen(),
          .card = card_->isChecked() ? card_beside(place) : std::filesystem::path(),
          .report = report_,
          .validation = validation_};
}

void ExportDialog::choicesChanged() {
  if (!start_) return;  // still being made
  prediction_.choose(components(), formats_->chosen());
  announce(*size_, prediction_.text());
  place_->setNeeded(prediction_.bytes());
  start_->setEnabled(!runs() && prediction_.possible() && place_->usable());
}

void ExportDialog::start() {
  if (runs()) return;
  auto asked = request();
  if (!prediction_.possible() || place_->name().isEmpty()) return;
  path_ = asked.path;
  verification_ = {};
  failure_text_->clear();
  setState(State::writing);
  job_ = lanes_.analysis.run(
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
  setState(State::verifying);
  job_ = lanes_.device.run(
      tr("Verify %1").arg(QString::fromStdString(path_.filename().string())), this,
      [path = path_, source = checkpoint_, calibration = resolved_.calibration, name = device_,
       threads = threads_](const JobControl& control) {
        auto device = parse_device(name);  // may start a GPU: not out there
        device.threads = threads;
        return verify_export(path, source, device, control, calibration);
      },
      [this, attempt = ++attempt_](Verification verification) {
        if (attempt == attempt_) verification_ = std::move(verification);
      });
}

void ExportDialog::cancel() {
  if (!job_) return;
  lane().cancel(*job_);
  if (!progress_->begun()) {  // not begun: there is nothing to wait for
    ++attempt_;
    ended({Error(ErrorKind::cancelled, "cancelled before it began")});
    return;
  }
  progress_->showCancelling();
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
  form_->setVisible(!isComplete());  // what came of it stands in its place
  close_->setText(runs() ? tr("Cancel") : tr("Close"));
  start_->setText(isComplete() ? tr("Export again…") : tr("Export and verify"));
  (state_ == State::verified ? close_ : start_)->setDefault(true);
  if (runs())
    progress_->begin(state_ == State::writing ? ExportProgress::Work::writing
                                              : ExportProgress::Work::verifying);
  if (state_ == State::written)
    outcome_->showUnverified(path_, written_, failure_);
  else if (isComplete())
    outcome_->showVerified(path_, written_, verification_);
  failure_text_->setVisible(state_ == State::choosing && !failure_text_->text().isEmpty());
  progress_->setVisible(runs());
  outcome_->setVisible(isComplete());
  place_->setReplacementTold(state_ == State::choosing);
  choicesChanged();
  Q_EMIT stateChanged(state);
}

bool ExportDialog::event(QEvent* event) {
  const bool known = QDialog::event(event);
  if (event->type() == QEvent::LayoutRequest) fitHeight();  // parts came or went, lines were wrapped anew
  return known;
}

void ExportDialog::fitHeight() {
  // A layout learns of changes in widgets within its own only when they are next looked at.
  for (auto* inner : std::initializer_list<QWidget*>{formats_, form_, outcome_}) inner->layout()->activate();
  layout()->activate();
  resize(width(), layout()->totalHeightForWidth(width()));
}

void ExportDialog::showFailure(const Error& error) {
  failure_ = QString::fromUtf8(error.what());
  failure_.replace(0, 1, failure_.left(1).toUpper());
  advice_ = QString::fromStdString(error.hint());
  if (advice_.isEmpty() && error.kind() == ErrorKind::output)
    advice_ = tr("choose another place for the file");
  QStringList lines{QStringLiteral("<b style='color:%1'>! %2</b>")
                        .arg(colours().negative.name(), tr("Nothing was exported.")),
                    failure_.toHtmlEscaped()};
  if (!advice_.isEmpty()) lines << tr("Try this: %1.").arg(advice_.toHtmlEscaped());
  lines << tr("No part of a file was left behind, and your choices are kept.");
  announce(*failure_text_, lines.join(QStringLiteral("<br>")));
  setState(State::choosing);
}

}  // namespace octet::ui
