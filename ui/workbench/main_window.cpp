#include "ui/workbench/main_window.h"

#include <QActionGroup>
#include <QApplication>
#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLocale>
#include <QMenuBar>
#include <QMimeData>
#include <QPushButton>
#include <QSplitter>
#include <QToolBar>
#include <QToolButton>
#include <QVBoxLayout>
#include <fstream>
#include <iterator>

#include "core/atomic_file.h"
#include "core/audio/sound_folder.h"
#include "core/checkpoint/unused_tensors.h"
#include "ui/export/export_dialog.h"
#include "ui/jobs/jobs_panel.h"
#include "ui/listen/listen_panel.h"
#include "ui/measures/measures_panel.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/model_tree/plan_diff_dialog.h"
#include "ui/preferences/preferences.h"
#include "ui/spectrogram/spectrogram_panel.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/workbench/about.h"
#include "ui/workbench/memory_readout.h"
#include "ui/workbench/message_bar.h"
#include "ui/workbench/slot_tabs.h"
#include "ui/workbench/synthesis_bar.h"
#include "ui/workbench/synthesize_button.h"

namespace octet::ui {
namespace {

constexpr int kLayoutVersion = 1;

std::filesystem::path path_of(const QString& path) { return std::filesystem::path(path.toStdString()); }

QDockWidget* docked(QMainWindow& window, Qt::DockWidgetArea area, const QString& name, const QString& title,
                    QWidget* panel) {
  auto* dock = new QDockWidget(title, &window);
  dock->setObjectName(name);
  dock->setWidget(panel);
  window.addDockWidget(area, dock);
  return dock;
}

}  // namespace

MainWindow::MainWindow(std::unique_ptr<SoundSystem> sound, QWidget* parent) : QMainWindow(parent) {
  setObjectName("workbench");
  setAcceptDrops(true);
  setDockOptions(AnimatedDocks | AllowNestedDocks | AllowTabbedDocks);
  makePanels(std::move(sound));
  makeActions();
  connectWorkbench();
  showTitle();
  showPlan();
  showInvitation();
  resize(1280, 800);
  first_layout_ = saveState(kLayoutVersion);
  resetLayout();
}

MainWindow::~MainWindow() {
  // Panels and dialogs use the workbench's lanes until they are gone.
  for (auto* dialog : findChildren<QDialog*>()) delete dialog;
  for (auto* dock : findChildren<QDockWidget*>()) delete dock;
  delete takeCentralWidget();
}

void MainWindow::makePanels(std::unique_ptr<SoundSystem> sound) {
  messages_ = new MessageBar;
  listen_ = new ListenPanel(std::move(sound));
  spectrogram_ = new SpectrogramPanel(workbench_.analysisLane());
  measures_ = new MeasuresPanel;
  tree_ = new ModelTreePanel;
  jobs_ = new JobsPanel;
  jobs_->watch(workbench_.deviceLane());
  jobs_->watch(workbench_.analysisLane());

  auto* split = new QSplitter(Qt::Vertical);
  split->addWidget(listen_);
  split->addWidget(spectrogram_);
  split->setStretchFactor(1, 1);
  split->setChildrenCollapsible(false);
  auto* middle = new QWidget;
  auto* column = new QVBoxLayout(middle);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  column->addWidget(messages_);
  auto* bar = new SynthesisBar(workbench_);
  connect(bar, &SynthesisBar::addClipRequested, this, &MainWindow::chooseClip);
  connect(bar, &SynthesisBar::addVoiceRequested, this, &MainWindow::chooseVoice);
  column->addWidget(bar);
  column->addWidget(split, 1);
  setCentralWidget(middle);

  // The sides go down to the bottom: they are lists, and lists want height.
  setCorner(Qt::BottomLeftCorner, Qt::LeftDockWidgetArea);
  setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
  docked(*this, Qt::LeftDockWidgetArea, "modelDock", tr("Model"), tree_);
  docked(*this, Qt::RightDockWidgetArea, "measuresDock", tr("Measures"), measures_);
  docked(*this, Qt::BottomDockWidgetArea, "jobsDock", tr("Jobs"), jobs_);
}

void MainWindow::makeActions() {
  auto* file = menuBar()->addMenu(tr("&File"));
  auto* open =
      file->addAction(icon(Icon::open), tr("&Open…"), QKeySequence::Open, this, &MainWindow::chooseFile);
  open->setToolTip(tr("Open a checkpoint (.safetensors, .pt), a session (.octet) or a plan (.plan.json)"));
  auto* demo = file->addAction(tr("Open the &demo voice"), &workbench_, &Workbench::openDemo);
  demo->setIconText(tr("Demo"));
  recent_ = file->addMenu(tr("&Recent"));
  connect(recent_, &QMenu::aboutToShow, this, &MainWindow::fillRecent);
  file->addSeparator();
  file->addAction(icon(Icon::save), tr("&Save the session"), QKeySequence::Save, this,
                  [this] { saveSession(session_path_); });
  file->addAction(tr("Save the session &as…"), QKeySequence::SaveAs, this, [this] { saveSession({}); });
  file->addSeparator();
  auto* export_plan = file->addAction(icon(Icon::export_file), tr("&Export the plan's checkpoint…"),
                                      QKeySequence(tr("Ctrl+E")), this, [this] { exportPlan(); });
  export_plan->setIconText(tr("Export…"));
  file->addSeparator();
  file->addAction(tr("&Quit"), QKeySequence::Quit, this, &QWidget::close);

  auto* edit = menuBar()->addMenu(tr("&Edit"));
  auto* undo = workbench_.undoGroup().createUndoAction(this, tr("Undo"));
  undo->setShortcut(QKeySequence::Undo);
  undo->setIcon(icon(Icon::undo));
  undo->setObjectName("undo");
  auto* redo = workbench_.undoGroup().createRedoAction(this, tr("Redo"));
  redo->setShortcut(QKeySequence::Redo);
  redo->setIcon(icon(Icon::redo));
  redo->setObjectName("redo");
  edit->addActions({undo, redo});
  edit->addSeparator();
  edit->addAction(icon(Icon::search), tr("&Find layers"), QKeySequence::Find, tree_,
                  &ModelTreePanel::focusSearch);
  edit->addAction(icon(Icon::settings), tr("&Preferences…"), QKeySequence::Preferences, this,
                  &MainWindow::showPreferences);

  auto* plan = menuBar()->addMenu(tr("&Plan"));
  auto* presets = plan->addMenu(tr("&Built-in plans"));
  for (const auto& name : preset_names())
    presets->addAction(QString::fromStdString(name), this,
                       [this, name] { choosePreset(QString::fromStdString(name)); });
  presets->addAction(tr("fp32"), this, [this] { choosePreset("fp32"); });
  plan->addAction(tr("&Open a plan…"), this, [this] {
    openPlan(QFileDialog::getOpenFileName(this, tr("Open a plan"), {}, tr("Plans (*.plan.json *.json)")));
  });
  plan->addAction(tr("&Save the plan…"), this, [this] { savePlan({}); });
  plan->addSeparator();
  plan->addAction(tr("&Compare the plans of A and B…"), QKeySequence(tr("Ctrl+D")), this,
                  &MainWindow::showPlanDiff);
  plan->addSeparator();
  plan->addAction(icon(Icon::add), tr("&Add a plan to compare"), &workbench_, &Workbench::addSlot);
  plan->addAction(icon(Icon::remove), tr("&Remove the last plan"), &workbench_, &Workbench::removeLastSlot);

  auto* run = menuBar()->addMenu(tr("&Run"));
  run->addAction(icon(Icon::synthesize), tr("&Synthesize"), QKeySequence(tr("Ctrl+Return")), &workbench_,
                 &Workbench::synthesize);
  run->addAction(tr("Synthesize &all clips"), QKeySequence(tr("Ctrl+Shift+Return")), &workbench_,
                 &Workbench::synthesizeAll);
  run->addAction(icon(Icon::cancel), tr("&Cancel"), QKeySequence(tr("Ctrl+.")), &workbench_,
                 &Workbench::cancelSynthesis);

  auto* view = menuBar()->addMenu(tr("&View"));
  for (auto* dock : findChildren<QDockWidget*>()) view->addAction(dock->toggleViewAction());
  view->addSeparator();
  view->addAction(tr("&Reset the layout"), this, &MainWindow::resetLayout);

  auto* help = menuBar()->addMenu(tr("&Help"));
  help->addAction(tr("&First steps"), this, &MainWindow::showWelcome);
  help->addAction(tr("&About Octet"), this, [this] { show_about(this); });

  auto* tools = addToolBar(tr("Tools"));
  tools->setObjectName("tools");
  tools->setMovable(false);
  tools->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  tools->addAction(open);
  tools->addAction(demo);
  tools->addSeparator();
  auto* editing = new QLabel(tr("Plan"));
  editing->setContentsMargins(2 * kSpacing, 0, kSpacing, 0);
  tools->addWidget(editing);
  slots_bar_ = new SlotTabs;
  slots_bar_->setObjectName("slots");
  slots_bar_->setAccessibleName(tr("Plan that is edited"));
  tools->addWidget(slots_bar_);
  plan_button_ = new QPushButton;
  plan_button_->setObjectName("plan");
  plan_button_->setAccessibleName(tr("Plan"));
  plan_button_->setMinimumWidth(fontMetrics().horizontalAdvance("vocoder-only, changed  "));
  plan_button_->setMenu(plan);
  plan_button_->setToolTip(tr("Choose a built-in plan, open, save or compare plans"));
  tools->addWidget(plan_button_);
  tools->addAction(undo);
  tools->addAction(redo);
  for (auto* action : {undo, redo})
    static_cast<QToolButton*>(tools->widgetForAction(action))->setToolButtonStyle(Qt::ToolButtonIconOnly);
  tools->addSeparator();
  tools->addWidget(new SynthesizeButton(workbench_));
  tools->addSeparator();
  tools->addAction(export_plan);
  auto* gap = new QWidget;
  gap->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  tools->addWidget(gap);
  memory_ = new MemoryReadout;
  tools->addWidget(memory_);
}

void MainWindow::connectWorkbench() {
  connect(&workbench_, &Workbench::problem, this, [this](const QString& message, const QString& hint) {
    messages_->say(MessageBar::Kind::problem, message, hint);
  });
  connect(&workbench_, &Workbench::noticed, this,
          [this](const QString& message) { messages_->say(MessageBar::Kind::hint, message); });
  connect(&workbench_, &Workbench::checkpointOpened, this, [this] {
    measures_->clear();
    recent_files_.add(QString::fromStdString(workbench_.checkpoint()->path().string()));
    showTitle();
    showInvitation();
    for (const auto& warning : unused_warnings(workbench_.checkpoint()->unexpected()))
      messages_->say(MessageBar::Kind::problem, QString::fromStdString(warning));
  });
  connect(&workbench_, &Workbench::planSlotsChanged, this, &MainWindow::fillSlots);
  connect(&workbench_, &Workbench::currentSlotChanged, this, [this](int slot) {
    slots_bar_->setCurrentIndex(slot);
    tree_->setEditor(workbench_.editor());
    showPlan();
  });
  connect(slots_bar_, &QTabBar::currentChanged, &workbench_, &Workbench::setCurrentSlot);
  connect(&workbench_, &Workbench::planChanged, this, [this](int slot) {
    if (slot == 0) tree_->setReferencePlan(workbench_.planSlots().front().editor->plan());
    showPlan();
    showRuns();
  });
  connect(&workbench_, &Workbench::runsChanged, this, &MainWindow::showRuns);
  connect(&workbench_, &Workbench::settingsChanged, this,
          [this] { memory_->setDevice(workbench_.settings().device); });
  connect(&workbench_, &Workbench::runsChanged, this, [this] {
    if (!workbench_.runs().empty()) memory_->setStarted();
  });
  connect(&workbench_, &Workbench::settingsChanged, this, &MainWindow::showRuns);
  connect(&workbench_, &Workbench::runsRestored, this, [this](int count) {
    messages_->offer(tr("This session had %n runs.", nullptr, count),
                     tr("Sound is not stored: the same request gives it again."), tr("Synthesize them again"),
                     [this] { workbench_.repeatRuns(); });
  });
  connect(&workbench_, &Workbench::weightSnrMeasured, tree_, &ModelTreePanel::setWeightSnr);
  for (const auto changed : {&Workbench::clipsChanged, &Workbench::voicesChanged, &Workbench::settingsChanged,
                             &Workbench::runsChanged, &Workbench::planSlotsChanged})
    connect(&workbench_, changed, this, &MainWindow::markChanged);
  connect(&workbench_, &Workbench::planChanged, this, &MainWindow::markChanged);
  connect(&workbench_, &Workbench::reportChanged, this, [this] {
    if (workbench_.report()) measures_->setReport(*workbench_.report());
  });
  connect(&workbench_, &Workbench::synthesizingChanged, this, [this](bool synthesizing) {
    if (synthesizing && messages_->isVisible()) messages_->hide();
    showInvitation();
  });
  connect(listen_, &ListenPanel::invitationAccepted, this,
          [this] { workbench_.checkpoint() ? workbench_.synthesize() : workbench_.openDemo(); });

  connect(listen_, &ListenPanel::positionChanged, spectrogram_,
          qOverload<double>(&SpectrogramPanel::setCursor));
  connect(listen_, &ListenPanel::activeRunChanged, spectrogram_, &SpectrogramPanel::setActiveRun);
  connect(listen_, &ListenPanel::visibleRangeChanged, spectrogram_, &SpectrogramPanel::setVisibleRange);
  connect(spectrogram_, &SpectrogramPanel::visibleRangeChanged, listen_, &ListenPanel::setVisibleRange);
  connect(spectrogram_, &SpectrogramPanel::seekRequested, &listen_->player(), &Player::seek);
  connect(measures_, &MeasuresPanel::jumpRequested, this, &MainWindow::jumpTo);
}

void MainWindow::fillSlots() {
  const QSignalBlocker quiet(slots_bar_);
  while (slots_bar_->count() > 0) slots_bar_->removeTab(0);
  for (const auto& slot : workbench_.planSlots()) {
    const int tab = slots_bar_->addTab(slot.name);
    slots_bar_->setTabToolTip(tab, tr("Edit the plan of %1").arg(slot.name));
  }
  slots_bar_->setCurrentIndex(workbench_.currentSlot());
  if (!workbench_.planSlots().empty()) tree_->setReferencePlan(workbench_.planSlots().front().editor->plan());
  showPlan();
}

void MainWindow::showTitle() {
  QStringList parts;
  if (!session_path_.isEmpty()) parts << QFileInfo(session_path_).fileName();
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
}

/// What the empty middle offers next.
void MainWindow::showInvitation() {
  if (!workbench_.checkpoint())
    listen_->invite(tr("Choose layer by layer what becomes int8, and hear what that does.<br>"
                       "Begin with the voice that comes along, or open a checkpoint of yours."),
                    tr("Open the demo voice"));
  else if (workbench_.synthesizing())
    listen_->invite(tr("A is heard as soon as it is spoken, B right after."), {});
  else
    listen_->invite(tr("One sentence, spoken under the plans A and B:<br>hear whether you can tell them "
                       "apart."),
                    tr("Synthesize A/B"));
}

void MainWindow::showRuns() {
  const auto runs = workbench_.runs();
  listen_->setRuns(runs);
  std::vector<bool> outdated;
  for (const auto& run : runs) outdated.push_back(workbench_.stale(*run));
  listen_->setOutdated(outdated);
  listen_->setOriginal(runs.empty() ? nullptr : workbench_.original());
  spectrogram_->setRuns(runs);
  measures_->setRuns(runs);
}

void MainWindow::jumpTo(const QString& clip, int run, double seconds) {
  const auto& clips = workbench_.clips();
  const auto found = std::ranges::find(clips, clip, &Clip::name);
  if (found != clips.end()) workbench_.setCurrentClip(static_cast<int>(found - clips.begin()));
  constexpr double kBefore = 0.3;  // seconds, to hear it come
  auto& player = listen_->player();
  player.switchTo(run);
  player.seek(std::max(0.0, seconds - kBefore));
}

void MainWindow::choosePreset(const QString& name) {
  auto* editor = workbench_.editor();
  if (!editor) return;
  auto plan = name == "fp32" ? preset("all-base", Precision::fp32, false)
                             : preset(name.toStdString(), Precision::bf16, false);
  plan.name = name.toStdString();
  editor->setPlan(plan, tr("the plan %1").arg(name));
}

void MainWindow::open(const QString& path) {
  if (path.isEmpty()) return;
  const auto suffix = QFileInfo(path).suffix().toLower();
  if (suffix == "octet") return openSession(path);
  if (suffix == "json") return openPlan(path);
  if (suffix == "npy" || is_called_a_sound(path_of(path))) return workbench_.addClip(path_of(path));
  workbench_.openCheckpoint(path_of(path));
}

void MainWindow::chooseFile() {
  open(QFileDialog::getOpenFileName(
      this, tr("Open"), {},
      tr("Checkpoints (*.safetensors *.pt);;Sessions (*.octet);;Plans (*.plan.json *.json);;All files (*)")));
}

void MainWindow::chooseClip() {
  const auto path =
      QFileDialog::getOpenFileName(this, tr("Add something to speak"), {},
                                   tr("Sound and tokens (*.wav *.flac *.ogg *.npy *.safetensors *.pt)"));
  if (!path.isEmpty()) workbench_.addClip(path_of(path));
}

void MainWindow::chooseVoice() {
  const auto path = QFileDialog::getOpenFileName(
      this, tr("Add a voice"), {}, tr("Sound and conditioning (*.wav *.flac *.ogg *.safetensors *.pt)"));
  if (!path.isEmpty()) workbench_.addVoice(path_of(path));
}

void MainWindow::openPlan(const QString& path) {
  if (path.isEmpty() || !workbench_.editor()) return;
  try {
    std::ifstream file(path_of(path));
    if (!file || QFileInfo(path).isDir())
      throw Error(ErrorKind::input, "cannot read the plan " + path.toStdString());
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    auto plan = parse_plan(text, path.toStdString());
    if (plan.name.empty()) plan.name = QFileInfo(path).baseName().toStdString();
    workbench_.editor()->setPlan(plan, tr("the plan %1").arg(QFileInfo(path).fileName()));
  } catch (const Error& error) {
    tell(error);
  }
}

bool MainWindow::savePlan(const QString& path) {
  if (!workbench_.editor()) return false;
  const auto chosen = path.isEmpty()
                          ? QFileDialog::getSaveFileName(this, tr("Save the plan"), "plan.plan.json",
                                                         tr("Plans (*.plan.json)"))
                          : path;
  if (chosen.isEmpty()) return false;
  try {
    const auto text = format_plan(workbench_.editor()->plan());
    write_file_atomically(path_of(chosen),
                          [&](const ByteSink& sink) { sink(std::as_bytes(std::span(text))); });
    return true;
  } catch (const Error& error) {
    tell(error);
    return false;
  }
}

ExportDialog* MainWindow::exportPlan() {
  if (!workbench_.editor()) return nullptr;
  auto* dialog = new ExportDialog(workbench_.checkpoint(), workbench_.editor()->resolved(),
                                  workbench_.analysisLane(), workbench_.settings().device, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->open();
  return dialog;
}

Session MainWindow::session() const {
  auto session = workbench_.session();
  session.geometry = saveGeometry();
  session.state = saveState(kLayoutVersion);
  return session;
}

bool MainWindow::saveSession(const QString& path) {
  auto chosen = path;
  if (chosen.isEmpty())
    chosen =
        QFileDialog::getSaveFileName(this, tr("Save the session"), "work.octet", tr("Sessions (*.octet)"));
  if (chosen.isEmpty()) return false;
  try {
    write_session(session(), path_of(chosen));
  } catch (const Error& error) {
    tell(error);
    return false;
  }
  session_path_ = chosen;
  recent_files_.add(chosen);
  if (autosave_) autosave_->markSaved();
  setWindowModified(false);
  showTitle();
  return true;
}

void MainWindow::openSession(const QString& path) {
  try {
    const auto session = read_session(path_of(path));
    session_path_ = path;
    recent_files_.add(path);
    adopt(session);
  } catch (const Error& error) {
    tell(error);
  }
}

void MainWindow::adopt(const Session& session) {
  workbench_.restore(session);
  restoreGeometry(session.geometry);
  restoreState(session.state, kLayoutVersion);
}

void MainWindow::keepSafe(const QString& folder, int minutes) {
  autosave_ = std::make_unique<Autosave>(
      folder, [this] { return std::pair(session(), path_of(session_path_)); }, std::chrono::minutes(minutes));
  connect(autosave_.get(), &Autosave::failed, this,
          [this](const QString& message) { messages_->say(MessageBar::Kind::problem, message); });
  if (const auto recovered = autosave_->recover()) {
    session_path_ = QString::fromStdString(recovered->file.string());
    adopt(recovered->session);
    messages_->say(
        MessageBar::Kind::hint, tr("The work from before the last crash is back."),
        tr("Its safety copy is from %1.").arg(QLocale().toString(recovered->saved, QLocale::ShortFormat)));
  }
}

void MainWindow::markChanged() {
  if (autosave_) autosave_->markDirty();
  if (workbench_.checkpoint()) setWindowModified(true);
}

void MainWindow::fillRecent() {
  recent_->clear();
  for (const auto& path : recent_files_.files()) recent_->addAction(path, this, [this, path] { open(path); });
  if (recent_->isEmpty()) recent_->addAction(tr("Nothing was opened yet"))->setEnabled(false);
}

void MainWindow::showPlanDiff() {
  const auto& slots = workbench_.planSlots();
  if (slots.size() < 2) return;
  const auto other = static_cast<std::size_t>(std::max(1, workbench_.currentSlot()));
  auto* dialog =
      new PlanDiffDialog(slots[0].name, *slots[0].editor, slots[other].name, *slots[other].editor, this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &PlanDiffDialog::layerChosen, tree_, &ModelTreePanel::revealLayer);
  dialog->show();
}

void MainWindow::showPreferences() {
  auto* dialog = new PreferencesDialog(read_preferences(), this);
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  connect(dialog, &PreferencesDialog::changed, this, [this](const Preferences& preferences) {
    write_preferences(preferences);
    apply_appearance(preferences.appearance);
    auto settings = workbench_.settings();
    settings.device = preferences.device;
    settings.threads = preferences.threads;
    workbench_.setSettings(settings);
  });
  dialog->open();
}

void MainWindow::showWelcome() {
  messages_->say(
      MessageBar::Kind::hint, tr("Hear what a plan does in three steps."),
      tr("1. Press Synthesize A/B: the clip is spoken with plan A (fp32) and plan B (seed, int8).\n"
         "2. Play, and press 1 and 2 to switch while you listen.\n"
         "3. Change layers of B in the tree (I, B, F) and synthesize again."));
}

void MainWindow::tell(const Error& error) {
  messages_->say(MessageBar::Kind::problem, QString::fromUtf8(error.what()),
                 QString::fromStdString(error.hint()));
}

void MainWindow::resetLayout() {
  restoreState(first_layout_, kLayoutVersion);
  const auto dock = [this](const char* name) { return findChild<QDockWidget*>(name); };
  resizeDocks({dock("modelDock"), dock("measuresDock")}, {width() * 26 / 100, width() / 4}, Qt::Horizontal);
  resizeDocks({dock("jobsDock")}, {height() / 8}, Qt::Vertical);
}

void MainWindow::closeEvent(QCloseEvent* event) {
  workbench_.cancelSynthesis();
  if (autosave_) autosave_->close();
  event->accept();
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasUrls()) event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event) {
  for (const auto& url : event->mimeData()->urls())
    if (url.isLocalFile()) open(url.toLocalFile());
}

}  // namespace octet::ui
