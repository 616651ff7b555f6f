#include "ui/workbench/main_window.h"

#include <QApplication>
#include <QCloseEvent>
#include <QDesktopServices>
#include <QDialog>
#include <QDockWidget>
#include <QFileInfo>
#include <QLocale>
#include <QMenu>
#include <QPushButton>
#include <QUrl>

#include "core/checkpoint/unused_tensors.h"
#include "ui/clips/clips_panel.h"
#include "ui/inspector/layer_inspector.h"
#include "ui/listen/control_keys.h"
#include "ui/listen/listen_panel.h"
#include "ui/measures/cost_panel.h"
#include "ui/measures/measures_panel.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/spectrogram/spectrogram_panel.h"
#include "ui/workbench/memory_readout.h"
#include "ui/workbench/message_bar.h"
#include "ui/workbench/slot_tabs.h"

namespace octet::ui {
MainWindow::MainWindow(std::unique_ptr<SoundSystem> sound, QWidget* parent) : QMainWindow(parent) {
  setObjectName("workbench");
  setAcceptDrops(true);
  setDockOptions(AnimatedDocks | AllowNestedDocks | AllowTabbedDocks);
  document_ = new DocumentFile(
      workbench_, [this] { return std::pair(saveGeometry(), saveState(kLayoutVersion)); }, *this);
  document_->setParent(this);
  makePanels(std::move(sound));
  makeActions();
  connectWorkbench();
  connectDocument();
  connectPanels();
  showTitle();
  showPlan();
  showInvitation();
  resize(1280, 800);
  first_layout_ = saveState(kLayoutVersion);
  resetLayout();
  // A click leaves the keys where they were: after it Space is to play.
  for (auto* control : findChildren<QWidget*>())
    if (uses_key(*control, Qt::Key_Space) && (control->focusPolicy() & Qt::ClickFocus))
      control->setFocusPolicy(Qt::TabFocus);
  listen_->setFocus();  // where keys mean what the first steps say
}

MainWindow::~MainWindow() {
  // Panels and dialogs use the workbench's lanes until they are gone.
  for (auto* dialog : findChildren<QDialog*>(Qt::FindDirectChildrenOnly)) delete dialog;  // with theirs
  for (auto* dock : findChildren<QDockWidget*>()) delete dock;
  delete takeCentralWidget();
  delete document_;
}

void MainWindow::connectWorkbench() {
  connect(&workbench_, &Workbench::problem, this, [this](const QString& message, const QString& hint) {
    messages_->say(MessageBar::Kind::problem, message, hint);
  });
  connect(&workbench_, &Workbench::noticed, this,
          [this](const QString& message) { messages_->say(MessageBar::Kind::hint, message); });
  connect(&workbench_, &Workbench::validated, this, [this](const QString& report) {
    showValidations();
    QDesktopServices::openUrl(QUrl::fromLocalFile(report));
  });
  connect(&workbench_, &Workbench::documentReplaced, this, &MainWindow::showDocument);
  connect(&workbench_, &Workbench::planSlotsChanged, this, &MainWindow::fillSlots);
  connect(&workbench_, &Workbench::currentSlotChanged, this, [this](int slot) {
    slots_bar_->setCurrentIndex(slot);
    editShownPlan();
    showPlan();
  });
  connect(slots_bar_, &QTabBar::currentChanged, &workbench_, &Workbench::setCurrentSlot);
  connect(&workbench_, &Workbench::planChanged, this, [this](int slot) {
    if (slot == 0) editShownPlan();
    showPlan();
    showRuns();
    showClips();
  });
  connect(&workbench_, &Workbench::runsChanged, this, &MainWindow::showRuns);
  connect(&workbench_, &Workbench::runMade, this, &MainWindow::showClip);
  connect(&workbench_, &Workbench::currentClipChanged, clips_, &ClipsPanel::setCurrent);
  for (const auto changed : {&Workbench::clipsChanged, &Workbench::runsChanged})
    connect(&workbench_, changed, this, &MainWindow::showInvitation);
  for (const auto changed :
       {&Workbench::clipsChanged, &Workbench::planSlotsChanged, &Workbench::settingsChanged})
    connect(&workbench_, changed, this, &MainWindow::showClips);
  connect(&workbench_, &Workbench::settingsChanged, this,
          [this] { memory_->setDevice(workbench_.settings().device); });
  connect(&workbench_, &Workbench::runMade, memory_, &MemoryReadout::setStarted);
  connect(&workbench_, &Workbench::settingsChanged, this, &MainWindow::showRuns);
  connect(&workbench_, &Workbench::runsRestored, this, [this](int count) {
    messages_->offer(MessageBar::Of::document, tr("This session had %n runs.", nullptr, count),
                     tr("Sound is not stored: the same request gives it again."), tr("Synthesize them again"),
                     [this] { workbench_.repeatRuns(); });
  });
  connect(&workbench_, &Workbench::blindTestsChanged, this, &MainWindow::showBlindTests);
  connect(&workbench_, &Workbench::studyShown, this,
          [this] { tree_->setDamages(workbench_.study()->layers.damages); });
  connect(&workbench_, &Workbench::pairsShown, this, &MainWindow::showPairs);
  connect(&workbench_.weightErrors(), &WeightErrors::measured, tree_, &ModelTreePanel::setWeightSnr);
  connect(&workbench_, &Workbench::reportChanged, this, &MainWindow::showReport);
  connect(&workbench_, &Workbench::clipMeasured, this, &MainWindow::showMeasured);
  connect(&workbench_, &Workbench::synthesizingChanged, this, [this](bool synthesizing) {
    if (synthesizing) messages_->clear();
    showInvitation();
  });
}

void MainWindow::connectDocument() {
  connect(document_, &DocumentFile::problem, this, [this](const QString& message, const QString& hint) {
    messages_->say(MessageBar::Kind::problem, message, hint);
  });
  connect(document_, &DocumentFile::changed, this, [this] {
    setWindowModified(document_->modified());
    showTitle();
  });
  connect(document_, &DocumentFile::filed, this, [this](const QString& path) { recent_files_.add(path); });
  connect(document_, &DocumentFile::opened, this, &MainWindow::setLayout);
  connect(document_, &DocumentFile::recovered, this, [this](const QDateTime& saved) {
    messages_->say(MessageBar::Kind::hint, tr("The work from before the last crash is back."),
                   tr("Its safety copy is from %1. Save it to keep it.")
                       .arg(QLocale().toString(saved, QLocale::ShortFormat)));
  });
}

void MainWindow::connectPanels() {
  connect(tree_, &ModelTreePanel::layerChosen, inspector_, &LayerInspector::setLayer);
  connect(tree_, &ModelTreePanel::inspectionRequested, this, &MainWindow::inspectLayer);
  connect(clips_, &ClipsPanel::clipChosen, &workbench_, &Workbench::setCurrentClip);
  connect(clips_, &ClipsPanel::allRequested, &workbench_, &Workbench::synthesizeAll);
  connect(clips_, &ClipsPanel::reportRequested, this, [this] { saveReport({}); });
  connect(listen_, &ListenPanel::invitationAccepted, this,
          [this] { workbench_.checkpoint() ? workbench_.synthesize() : document_->openDemo(); });
  connect(listen_, &ListenPanel::otherwiseChosen, this, &MainWindow::chooseFile);

  connect(listen_, &ListenPanel::activeRunChanged, spectrogram_, &SpectrogramPanel::setActiveTrack);
  connect(measures_, &MeasuresPanel::momentsShown, &timeline_, &Timeline::setMarkers);
  connect(&timeline_, &Timeline::selectionChanged, this,
          [this] { measures_->setSelection(timeline_.selection()); });
  connect(measures_, &MeasuresPanel::jumpRequested, this, &MainWindow::jumpTo);
  auto& cost = measures_->cost();
  connect(&cost, &CostPanel::timesRequested, &workbench_, &Workbench::timePlans);
  connect(&workbench_.timings(), &JobGroup::activeChanged, &cost, &CostPanel::setTiming);
  connect(&workbench_, &Workbench::timed, &cost, &CostPanel::setTimes);
  connect(&workbench_, &Workbench::timesOutdated, &cost, [&cost] { cost.setTimes({}); });
  connect(measures_, &MeasuresPanel::playRequested, &listen_->player(), &Player::play);
}

/// The plan of the current slot is the one that is seen and edited.
void MainWindow::editShownPlan() {
  tree_->setEditor(workbench_.editor(), workbench_.planSlots().front().editor);
  inspector_->setEditor(workbench_.editor(), workbench_.currentSlot());
}

void MainWindow::fillSlots() {
  const QSignalBlocker quiet(slots_bar_);
  while (slots_bar_->count() > 0) slots_bar_->removeTab(0);
  for (const auto& slot : workbench_.planSlots()) {
    const int tab = slots_bar_->addTab(slot.name());
    slots_bar_->setTabToolTip(tab, tr("Edit the plan of %1").arg(slot.name()));
  }
  slots_bar_->setCurrentIndex(workbench_.currentSlot());
  slots_bar_->setEnabled(slots_bar_->count() > 0);
  showPlan();
}

/// All that stands in the window is of another document now.
void MainWindow::showDocument() {
  messages_->clearDocument();
  measures_->clear();
  clips_->setReport({});
  fillSlots();
  editShownPlan();
  memory_->setDevice(workbench_.settings().device);
  showRuns();
  showClips();
  showInvitation();
  recent_files_.add(QString::fromStdString(workbench_.checkpoint()->path().string()));
  showTitle();
  QStringList unused;
  for (const auto& warning : unused_warnings(workbench_.checkpoint()->unexpected()))
    unused << QString::fromStdString(warning);
  if (!unused.isEmpty()) messages_->say(MessageBar::Kind::problem, unused.join('\n'));
}

void MainWindow::showReport() {
  const auto report = workbench_.report().value_or(Report());
  measures_->setReport(report);
  clips_->setReport(report);
  showOtherTake();
}

/// One clip more of the report, or newer measures of it.
void MainWindow::showMeasured(int place) {
  const auto& report = *workbench_.report();
  const auto& clip = report.clips[static_cast<std::size_t>(place)];
  measures_->setClip(report, clip);
  clips_->setMeasured(report, clip);
  showOtherTake();
}

void MainWindow::showOtherTake() {
  const auto take = workbench_.otherTake();
  spectrogram_->setOtherTake(take);
  measures_->setOtherTake(take);
}

void MainWindow::showTitle() {
  QStringList parts;
  if (!document_->path().isEmpty()) parts << QFileInfo(document_->path()).fileName();
  if (const auto checkpoint = workbench_.checkpoint())
    parts << QString::fromStdString(checkpoint->path().filename().string());
  setWindowTitle(parts.isEmpty() ? tr("Octet[*]")
                                 : parts.join(QStringLiteral(" – ")) + QStringLiteral("[*] – Octet"));
}

void MainWindow::showPlan() {
  const auto* editor = workbench_.editor();
  plan_button_->setEnabled(editor != nullptr);
  if (!editor) return plan_button_->setText(tr("no plan"));
  const auto name = QString::fromStdString(editor->plan().name);
  plan_button_->setText(!editor->edited() ? name : tr("%1, changed").arg(name));
  plan_button_->setAccessibleName(tr("Plan: %1").arg(plan_button_->text()));
}

void MainWindow::showRuns() {
  const auto runs = workbench_.runs();
  listen_->setRuns(runs);
  std::vector<bool> outdated;
  for (const auto& run : runs) outdated.push_back(workbench_.stale(*run));
  listen_->setOutdated(outdated);
  const auto original = runs.empty() ? nullptr : workbench_.original();
  listen_->setOriginal(original, workbench_.originalOverview());
  spectrogram_->setOriginal(original);
  spectrogram_->setRuns(runs);
  spectrogram_->setActiveTrack(listen_->player().active());
  measures_->setRuns(runs);
  measures_->setOutdated(std::ranges::find(outdated, true) != outdated.end());
  showOtherTake();
  showBlindTests();
  showValidations();
}

void MainWindow::jumpTo(const std::string& clip, int run, double seconds) {
  const auto& clips = workbench_.clips();
  const auto found = clip_called(clips, clip);
  if (found != clips.end()) workbench_.setCurrentClip(static_cast<int>(found - clips.begin()));
  timeline_.reveal(seconds);
  auto& player = listen_->player();
  player.switchTo(run);
  player.seek(std::max(0.0, seconds - Timeline::kLeadIn));
}

void MainWindow::choosePreset(const PrecisionPlan& plan) {
  if (auto* editor = workbench_.editor())
    editor->setPlan(plan, tr("the plan %1").arg(QString::fromStdString(plan.name)));
}

void MainWindow::showWelcome() {
  messages_->say(MessageBar::Kind::hint, tr("Hear what a plan does in three steps."),
                 tr("1. Press Synthesize A/B: the clip is spoken with plan A (all fp32) and plan B "
                    "(\"seed\": most of flow and vocoder int8, the rest bf16).\n"
                    "2. Play, and press 1 and 2 to switch while you listen.\n"
                    "3. Change layers of B in the tree (I, B, F) and synthesize again.\n"
                    "Then: Plan › Study sensitivity shows which layers cost most, Plan › Automatic plans "
                    "chooses them by "
                    "that; Validate judges a plan over many clips; Export writes its file."));
}

void MainWindow::tell(const Error& error) {
  messages_->say(MessageBar::Kind::problem, QString::fromUtf8(error.what()),
                 QString::fromStdString(error.hint()));
}

void MainWindow::closeEvent(QCloseEvent* event) {
  if (!document_->maybeSave() || !filesWritten()) return event->ignore();
  workbench_.cancelSynthesis();
  document_->close();
  rememberLayout();
  event->accept();
}

}  // namespace octet::ui
