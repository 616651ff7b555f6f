#include "ui/export/export_dialog.h"

#include <QApplication>
#include <QClipboard>
#include <QDesktopServices>
#include <QDialogButtonBox>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QFormLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QMessageBox>
#include <QProgressBar>
#include <QPushButton>
#include <QRadioButton>
#include <QSignalBlocker>
#include <QStandardPaths>
#include <QTreeWidget>
#include <QUrl>
#include <QVBoxLayout>
#include <algorithm>
#include <set>

#include "core/export/exporter.h"
#include "core/kernels/device.h"
#include "core/plan/size.h"
#include "ui/jobs/jobs_panel.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"

namespace octet::ui {
namespace {

enum PartColumn { kPart, kInt8, kSize };

QString megabytes(std::uint64_t bytes) {
  return ExportDialog::tr("%1 MB").arg(QLocale().toString(double(bytes) / 1e6, 'f', 1));
}

QString person_name(const std::string& component) {
  if (component == "tokenizer") return ExportDialog::tr("Speech tokenizer");
  if (component == "speaker_encoder") return ExportDialog::tr("Speaker encoder");
  if (component == "flow") return ExportDialog::tr("Flow");
  if (component == "mel2wav") return ExportDialog::tr("Vocoder");
  return QString::fromStdString(component);
}

QString purpose(const std::string& component) {
  if (component == "tokenizer") return ExportDialog::tr("recorded speech to tokens");
  if (component == "speaker_encoder") return ExportDialog::tr("a voice from a recording");
  if (component == "flow") return ExportDialog::tr("tokens to a spectrogram");
  if (component == "mel2wav") return ExportDialog::tr("a spectrogram to sound");
  return {};
}

const std::vector<std::string>& needed_for_synthesis() {
  static const std::vector<std::string> names{"flow", "mel2wav"};
  return names;
}

bool holds(const std::vector<std::string>& all, const std::string& name) {
  return std::ranges::find(all, name) != all.end();
}

QLabel* wrapped() {
  auto* label = new QLabel;
  label->setWordWrap(true);
  return label;
}

constexpr int kRowPadding = 2 * kSpacing;

/// As high as its rows.
void fit_height(QTreeWidget& list) {
  for (int i = 0; i < list.topLevelItemCount(); ++i)
    list.topLevelItem(i)->setSizeHint(0, QSize(0, list.fontMetrics().height() + kRowPadding));
  list.setFixedHeight(list.header()->sizeHint().height() +
                      list.topLevelItemCount() * (list.fontMetrics().height() + kRowPadding) +
                      2 * list.frameWidth() + 2);
}

void paint(QLabel& label, const QColor& colour) {
  auto palette = QApplication::palette();
  palette.setColor(QPalette::WindowText, colour);
  label.setPalette(palette);
}

}  // namespace

ExportDialog::ExportDialog(std::shared_ptr<const Checkpoint> checkpoint, ResolvedPlan resolved,
                           JobRunner& writing, JobRunner& verifying, const QString& device, QWidget* parent)
    : QDialog(parent),
      checkpoint_(std::move(checkpoint)),
      resolved_(std::move(resolved)),
      writing_(writing),
      verifying_(verifying),
      device_(device.toStdString()) {
  setObjectName("exportDialog");
  setWindowTitle(tr("Export %1 under “%2”")
                     .arg(QString::fromStdString(checkpoint_->path().filename().string()),
                          QString::fromStdString(resolved_.plan.name)));
  auto* column = new QVBoxLayout(this);
  column->setSpacing(3 * kSpacing);
  column->addWidget(form_ = makeContents());
  makeOutcome();
  for (QWidget* part : {static_cast<QWidget*>(failure_text_), progress_, result_}) column->addWidget(part);
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
  setComponents(checkpoint_->components());
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
  const auto choice = [&](const QString& text, const char* name) {
    auto* button = new QRadioButton(text);
    button->setObjectName(name);
    column->addWidget(button);
    return button;
  };
  whole_ = choice(tr("&Everything the checkpoint holds"), "exportWhole");
  synthesis_ = choice(tr("Only what s&ynthesis needs: flow and vocoder"), "exportSynthesis");
  synthesis_->setToolTip(
      tr("For servers that get tokens from a language model and have their voices prepared"));
  own_ = choice(tr("&Parts of my choice"), "exportOwn");
  const auto& held = checkpoint_->components();
  synthesis_->setEnabled(
      std::ranges::all_of(needed_for_synthesis(), [&](const auto& n) { return holds(held, n); }));
  connect(whole_, &QRadioButton::clicked, this, [this] { setComponents(checkpoint_->components()); });
  connect(synthesis_, &QRadioButton::clicked, this, [this] { setComponents(needed_for_synthesis()); });

  parts_ = new QTreeWidget;
  parts_->setObjectName("exportParts");
  parts_->setAccessibleName(tr("Parts of the checkpoint that go in"));
  parts_->setHeaderLabels({tr("Part"), tr("int8 layers"), tr("Size")});
  parts_->setRootIsDecorated(false);
  parts_->setAlternatingRowColors(true);
  parts_->setSelectionMode(QAbstractItemView::NoSelection);
  parts_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  parts_->header()->setSectionResizeMode(kPart, QHeaderView::Stretch);
  parts_->header()->setStretchLastSection(false);
  for (const int number : {kInt8, kSize}) parts_->headerItem()->setTextAlignment(number, Qt::AlignRight);
  const auto sizes = plan_size(checkpoint_->layers(), resolved_);
  for (const auto& component : held) {
    const auto size = std::ranges::find(sizes.components, component, &ComponentSize::component);
    if (size == sizes.components.end()) continue;
    const auto layers = std::ranges::count(checkpoint_->layers(), component, &Layer::component);
    auto* item = new QTreeWidgetItem(
        parts_,
        {person_name(component) + QStringLiteral("  ·  ") + purpose(component),
         tr("%1 of %2").arg(QLocale().toString(qlonglong(size->int8_layers)), QLocale().toString(layers)),
         megabytes(size->bytes)});
    item->setData(kPart, Qt::UserRole, QString::fromStdString(component));
    item->setToolTip(kSize, tr("%1 bytes of weights").arg(QLocale().toString(qulonglong(size->bytes))));
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsUserCheckable);
    for (const int number : {kInt8, kSize}) item->setTextAlignment(number, Qt::AlignRight | Qt::AlignVCenter);
    item->setCheckState(kPart, Qt::Checked);
  }
  fit_height(*parts_);
  connect(parts_, &QTreeWidget::itemChanged, this, &ExportDialog::choicesChanged);
  column->addWidget(parts_);

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
  return form;
}

void ExportDialog::makeOutcome() {
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

  result_ = new QWidget;
  auto* result_column = new QVBoxLayout(result_);
  result_column->setContentsMargins(0, 0, 0, 0);
  headline_ = wrapped();
  headline_->setObjectName("exportHeadline");
  result_column->addWidget(headline_);
  checks_ = new QTreeWidget;
  checks_->setObjectName("exportChecks");
  checks_->setAccessibleName(tr("What was verified"));
  checks_->setHeaderLabels({tr("Result"), tr("Check"), tr("Detail")});
  checks_->setRootIsDecorated(false);
  checks_->setAlternatingRowColors(true);
  checks_->setSelectionMode(QAbstractItemView::NoSelection);
  checks_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  result_column->addWidget(checks_);
  auto* grid = new QFormLayout;
  grid->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  const auto line = [&](const QString& title, const char* name, const QString& action, const auto& act) {
    auto* text = new QLineEdit;
    text->setReadOnly(true);
    text->setObjectName(name);
    text->setAccessibleName(title);
    auto* button = new QPushButton(action);
    button->setObjectName(QString(name) + "Action");
    button->setAutoDefault(false);
    connect(button, &QPushButton::clicked, this, act);
    auto* row = new QHBoxLayout;
    row->addWidget(text, 1);
    row->addWidget(button);
    grid->addRow(title, row);
    return text;
  };
  place_ = line(tr("It is at"), "exportPlace", tr("Show in folder"), [this] {
    QDesktopServices::openUrl(QUrl::fromLocalFile(QFileInfo(place_->text()).absolutePath()));
  });
  python_ = line(tr("In Python"), "exportPython", tr("Copy"),
                 [this] { QApplication::clipboard()->setText(python_->text()); });
  python_->setToolTip(tr("Makes W, the float weights by name. Needs the packages torch and safetensors."));
  result_column->addLayout(grid);
}

void ExportDialog::setFile(const QString& path) { file_->setText(path); }

void ExportDialog::setComponents(const std::vector<std::string>& components) {
  {
    const QSignalBlocker quiet(parts_);
    for (int i = 0; i < parts_->topLevelItemCount(); ++i) {
      auto* item = parts_->topLevelItem(i);
      const auto name = item->data(kPart, Qt::UserRole).toString().toStdString();
      item->setCheckState(kPart, holds(components, name) ? Qt::Checked : Qt::Unchecked);
    }
  }
  choicesChanged();
}

std::vector<std::string> ExportDialog::components() const {
  std::vector<std::string> chosen;
  for (int i = 0; i < parts_->topLevelItemCount(); ++i)
    if (const auto* item = parts_->topLevelItem(i); item->checkState(kPart) == Qt::Checked)
      chosen.push_back(item->data(kPart, Qt::UserRole).toString().toStdString());
  return chosen;
}

ExportRequest ExportDialog::request() const {
  const auto path = QFileInfo(file_->text().trimmed()).absoluteFilePath();
  return {checkpoint_, resolved_, components(), std::filesystem::path(path.toStdString())};
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
  const auto& held = checkpoint_->components();
  (chosen == held ? whole_ : chosen == needed_for_synthesis() ? synthesis_ : own_)->setChecked(true);
  if (std::exchange(predicted_for_, chosen) != chosen)  // not with each key typed into the file's name
    predicted_ = chosen.empty() ? 0 : predicted_export_bytes(checkpoint_, resolved_, chosen);
  if (chosen.empty())
    size_->setText(tr("Choose at least one part."));
  else
    size_->setText(
        tr("The file will have <b>%1</b> (%2 bytes): %3 % of the %4 it is made from.")
            .arg(megabytes(predicted_), QLocale().toString(qulonglong(predicted_)),
                 QLocale().toString(100.0 * double(predicted_) / double(checkpoint_->file_bytes()), 'f', 0),
                 megabytes(checkpoint_->file_bytes())));

  lookUp();
  showPlace();
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
  start_->setEnabled(!runs() && !components().empty() && !name.isEmpty() && !known.is_folder);
}

void ExportDialog::start() {
  if (runs()) return;
  auto asked = request();
  if (asked.components.empty() || file_->text().trimmed().isEmpty()) return;
  path_ = asked.path;
  verification_ = {};
  stage_.clear();
  failure_text_->clear();
  setState(State::writing);
  job_ = writing_.run(
      tr("Export %1").arg(QString::fromStdString(path_.filename().string())), this,
      [asked = std::move(asked)](const JobControl& control) { return write_requested(asked, control); },
      [this, attempt = ++attempt_](std::uint64_t bytes) {
        if (attempt != attempt_) return;  // given up while it waited
        written_ = bytes;
        Q_EMIT exported(QString::fromStdString(path_.string()));
        verify();
      });
}

void ExportDialog::verify() {
  stage_.clear();
  setState(State::verifying);
  job_ = verifying_.run(
      tr("Verify %1").arg(QString::fromStdString(path_.filename().string())), this,
      [path = path_, source = checkpoint_, device = device_](const JobControl& control) {
        return verify_export(path, source, parse_device(device), control);  // may start a GPU: not out there
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
  if (complete) showChecks();
  failure_text_->setVisible(state_ == State::choosing && !failure_text_->text().isEmpty());
  progress_->setVisible(runs());
  result_->setVisible(complete);
  choicesChanged();
  fitHeight();
  Q_EMIT stateChanged(state);
}

void ExportDialog::fitHeight() {
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

void ExportDialog::showChecks() {
  checks_->clear();
  const auto add = [&](bool passed, const QString& what, const QString& detail) {
    auto* item = new QTreeWidgetItem(checks_, {passed ? tr("ok") : tr("WRONG"), what, detail});
    item->setIcon(0, icon(passed ? Icon::check : Icon::warning));
    item->setForeground(0, passed ? colours().positive : colours().negative);
    item->setToolTip(2, detail);
  };
  if (state_ != State::written) {
    add(QFileInfo(QString::fromStdString(path_.string())).size() == qint64(written_), tr("size"),
        tr("%1 bytes predicted").arg(QLocale().toString(qulonglong(written_))));
    for (const auto& check : verification_.checks)
      add(check.passed, QString::fromStdString(check.what), QString::fromStdString(check.detail));
  }
  checks_->setVisible(state_ != State::written);
  const auto path = QString::fromStdString(path_.string());
  place_->setText(path);
  place_->setCursorPosition(0);
  python_->setText(python_that_loads(path_));
  python_->setCursorPosition(0);
  switch (state_) {
    case State::verified:
      headline_->setText(
          tr("<b>✓ Exported and verified.</b> Read back from disk, it is what the plan says."));
      break;
    case State::wrong:
      headline_->setText(
          tr("<b>! The file is not what the plan says.</b> Do not use it; export again, to another "
             "disk if it happens twice."));
      break;
    default:
      headline_->setText(tr("<b>~ Exported, but not verified.</b> %1 Export again to verify.")
                             .arg(failure_.toHtmlEscaped()));
  }
  fit_height(*checks_);
  refreshColours();
}

void ExportDialog::refreshColours() {
  if (!headline_) return;
  paint(*file_note_, colours().caution);
  paint(*left_, colours().muted);
  paint(*headline_, state_ == State::verified ? colours().positive
                    : state_ == State::wrong  ? colours().negative
                                              : colours().caution);
  for (int i = 0; i < checks_->topLevelItemCount(); ++i) {
    auto* item = checks_->topLevelItem(i);
    item->setForeground(0, item->text(0) == tr("ok") ? colours().positive : colours().negative);
  }
}

void ExportDialog::changeEvent(QEvent* event) {
  QDialog::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) refreshColours();
}

}  // namespace octet::ui
