// Menus and tools of the window.

#include <QDockWidget>
#include <QFileDialog>
#include <QLabel>
#include <QMenuBar>
#include <QPushButton>
#include <QToolBar>
#include <QToolButton>

#include "ui/model_tree/model_tree_panel.h"
#include "ui/preferences/preferences.h"
#include "ui/theme/icons.h"
#include "ui/theme/theme.h"
#include "ui/workbench/about.h"
#include "ui/workbench/main_window.h"
#include "ui/workbench/memory_readout.h"
#include "ui/workbench/slot_tabs.h"
#include "ui/workbench/synthesize_button.h"

namespace octet::ui {

void MainWindow::makeActions() {
  makeFileMenu();
  makeEditMenu();
  auto* plan = makePlanMenu();
  auto* run = makeRunMenu();

  auto* view = menuBar()->addMenu(tr("&View"));
  for (auto* dock : findChildren<QDockWidget*>()) view->addAction(dock->toggleViewAction());
  view->addSeparator();
  view->addAction(tr("&Reset the layout"), this, &MainWindow::resetLayout);

  auto* help = menuBar()->addMenu(tr("&Help"));
  help->addAction(tr("&First steps"), this, &MainWindow::showWelcome);
  help->addAction(tr("&About Octet"), this, [this] { show_about(this); });

  makeTools(plan);
  // With nothing open there is nothing to do these with.
  QList<QAction*> of_a_document{plan->menuAction(), run->menuAction()};
  for (const char* name :
       {"save", "saveAs", "saveHeard", "saveReport", "export", "findLayers", "blindTest", "validate"})
    of_a_document << findChild<QAction*>(QLatin1String(name));
  for (auto* action : of_a_document) action->setEnabled(false);
  connect(&workbench_, &Workbench::documentReplaced, this, [of_a_document] {
    for (auto* action : of_a_document) action->setEnabled(true);
  });
}

void MainWindow::makeFileMenu() {
  auto* file = menuBar()->addMenu(tr("&File"));
  auto* open =
      file->addAction(icon(Icon::open), tr("&Open…"), QKeySequence::Open, this, &MainWindow::chooseFile);
  open->setObjectName("open");
  open->setToolTip(tr("Open a checkpoint (.safetensors, .pt), a session (.octet) or a plan (.plan.json)"));
  auto* demo = file->addAction(tr("Open the &demo voice"), document_, &DocumentFile::openDemo);
  demo->setObjectName("demo");
  demo->setIconText(tr("Demo"));
  recent_ = file->addMenu(tr("&Recent"));
  connect(recent_, &QMenu::aboutToShow, this, &MainWindow::fillRecent);
  file->addSeparator();
  file->addAction(icon(Icon::save), tr("&Save the session"), QKeySequence::Save, this,
                  [this] { document_->startSaving(document_->path()); })
      ->setObjectName("save");
  file->addAction(tr("Save the session &as…"), QKeySequence::SaveAs, this,
                  [this] { document_->startSaving({}); })
      ->setObjectName("saveAs");
  file->addSeparator();
  auto* heard = file->addAction(tr("Save what is &heard…"), QKeySequence(tr("Ctrl+Shift+E")), this,
                                [this] { saveSound({}); });
  heard->setObjectName("saveHeard");
  heard->setToolTip(tr("The lane that is chosen, A, B, the recording or what differs, as WAV or FLAC"));
  file->addAction(tr("Save the re&port…"), this, [this] { saveReport({}); })->setObjectName("saveReport");
  file->addSeparator();
  auto* export_plan = file->addAction(icon(Icon::export_file), tr("&Export the plan's checkpoint…"),
                                      QKeySequence(tr("Ctrl+E")), this, [this] { exportPlan(); });
  export_plan->setObjectName("export");
  export_plan->setIconText(tr("Export…"));
  file->addSeparator();
  file->addAction(tr("&Quit"), QKeySequence::Quit, this, &QWidget::close);
}

void MainWindow::makeEditMenu() {
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
                  &ModelTreePanel::focusSearch)
      ->setObjectName("findLayers");
  edit->addAction(icon(Icon::settings), tr("&Preferences…"), QKeySequence::Preferences, this,
                  &MainWindow::showPreferences);
}

QMenu* MainWindow::makePlanMenu() {
  auto* plan = menuBar()->addMenu(tr("&Plan"));
  auto* presets = plan->addMenu(tr("&Built-in plans"));
  for (const auto& name : preset_names())
    presets->addAction(QString::fromStdString(name), this,
                       [this, name] { choosePreset(preset(name, Precision::bf16, false)); });
  presets->addAction(QStringLiteral("fp32"), this, [this] { choosePreset(fp32_plan()); });
  plan->addAction(tr("&Open a plan…"), this, [this] {
    openPlan(QFileDialog::getOpenFileName(this, tr("Open a plan"), {}, tr("Plans (*.plan.json *.json)")));
  });
  plan->addAction(tr("&Save the plan…"), this, [this] { savePlan({}); });
  plan->addSeparator();
  plan->addAction(tr("&Compare the plans of A and B…"), QKeySequence(tr("Ctrl+D")), this,
                  &MainWindow::showPlanDiff);
  plan->addSeparator();
  plan->addAction(tr("Ca&librate on speech…"), this, &MainWindow::askToCalibrate);
  plan->addAction(tr("Open a cal&ibration…"), this, [this] {
    const auto path = QFileDialog::getOpenFileName(this, tr("Open a calibration"), {},
                                                   tr("Calibrations (*.calibration);;All files (*)"));
    if (!path.isEmpty()) workbench_.openCalibration(path.toStdString());
  });
  plan->addAction(tr("Show a sensitivit&y study…"), this, [this] {
    const auto path = QFileDialog::getOpenFileName(this, tr("Show a sensitivity study"), {},
                                                   tr("Studies (*.json);;All files (*)"));
    if (!path.isEmpty()) workbench_.openSensitivity(path.toStdString());
  });
  plan->addAction(tr("St&udy sensitivity…"), this, &MainWindow::askToStudy);
  plan->addAction(tr("Study &pairs of layers…"), this, &MainWindow::askToStudyPairs);
  plan->addAction(tr("Sho&w pairs of layers…"), this, [this] {
    const auto path = QFileDialog::getOpenFileName(this, tr("Show pairs of layers"), {},
                                                   tr("Studies (*.json);;All files (*)"));
    if (!path.isEmpty()) workbench_.openPairs(path.toStdString());
  });
  plan->addAction(tr("Au&tomatic plans…"), this, &MainWindow::showFront);
  plan->addAction(icon(Icon::check), tr("&Validate…"), this, &MainWindow::askToValidate)
      ->setObjectName("validate");
  plan->addAction(tr("Ris&ks…"), this, &MainWindow::showRisks)->setObjectName("risks");
  plan->addSeparator();
  auto* add =
      plan->addAction(icon(Icon::add), tr("&Add a plan to compare"), &workbench_, &Workbench::addSlot);
  auto* remove =
      plan->addAction(icon(Icon::remove), tr("&Remove the last plan"), this, &MainWindow::removeLastPlan);
  remove->setObjectName("removePlan");
  connect(plan, &QMenu::aboutToShow, this, [this, add, remove] {
    const auto count = workbench_.planSlots().size();
    add->setEnabled(count > 0 && count < Document::kMostPlans);
    remove->setEnabled(count > 2);
  });
  return plan;
}

QMenu* MainWindow::makeRunMenu() {
  auto* run = menuBar()->addMenu(tr("&Run"));
  run->addAction(icon(Icon::synthesize), tr("&Synthesize"), QKeySequence(tr("Ctrl+Return")), &workbench_,
                 &Workbench::synthesize);
  run->addAction(tr("Synthesize &all clips"), QKeySequence(tr("Ctrl+Shift+Return")), &workbench_,
                 &Workbench::synthesizeAll);
  auto* before = run->addAction(tr("Keep the run &before the last edit beside it"));
  before->setObjectName("showBefore");
  before->setShortcut(QKeySequence(tr("Ctrl+B")));
  before->setCheckable(true);
  connect(before, &QAction::toggled, this, [this](bool shown) { showEarlier(shown ? 1 : 0); });
  auto* earlier = run->addMenu(tr("&Earlier runs beside it"));
  earlier->setObjectName("earlierRuns");
  connect(earlier, &QMenu::aboutToShow, this, [this, earlier] { fillEarlier(*earlier); });
  run->addAction(tr("Blind &test…"), QKeySequence(tr("Ctrl+T")), this, [this] { testBlind(); })
      ->setObjectName("blindTest");
  auto* predict = run->addAction(tr("&Predict opinion scores (seconds a clip)"));
  predict->setObjectName("predictMos");
  predict->setToolTip(tr("What listeners would say, as a network guesses it: an alarm, never a verdict"));
  predict->setCheckable(true);
  connect(predict, &QAction::toggled, &workbench_, [this](bool asked) {
    workbench_.setPredictions(asked ? Predictions::made : Predictions::left_out);
  });
  run->addAction(icon(Icon::cancel), tr("&Cancel"), QKeySequence(tr("Ctrl+.")), &workbench_,
                 &Workbench::cancelSynthesis);
  return run;
}

void MainWindow::makeTools(QMenu* plan) {
  auto* tools = addToolBar(tr("Tools"));
  tools->setObjectName("tools");
  tools->setMovable(false);
  tools->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  tools->addActions({findChild<QAction*>("open"), findChild<QAction*>("demo")});
  tools->addSeparator();
  auto* editing = new QLabel(tr("Plan"));
  editing->setContentsMargins(2 * kSpacing, 0, kSpacing, 0);
  tools->addWidget(editing);
  slots_bar_ = new SlotTabs;
  slots_bar_->setObjectName("slots");
  slots_bar_->setAccessibleName(tr("Plan that is edited"));
  slots_bar_->setEnabled(false);  // until there are plans: nothing to come to
  tools->addWidget(slots_bar_);
  plan_button_ = new QPushButton;
  plan_button_->setObjectName("plan");
  plan_button_->setMinimumWidth(fontMetrics().horizontalAdvance("vocoder-only, changed  "));
  plan_button_->setMenu(plan);
  plan_button_->setToolTip(tr("Choose a built-in plan, open, save or compare plans"));
  tools->addWidget(plan_button_);
  for (auto* action : {findChild<QAction*>("undo"), findChild<QAction*>("redo")}) {
    tools->addAction(action);
    static_cast<QToolButton*>(tools->widgetForAction(action))->setToolButtonStyle(Qt::ToolButtonIconOnly);
  }
  tools->addSeparator();
  tools->addWidget(new SynthesizeButton(workbench_));
  tools->addSeparator();
  tools->addActions(
      {findChild<QAction*>("blindTest"), findChild<QAction*>("validate"), findChild<QAction*>("export")});
  auto* gap = new QWidget;
  gap->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);
  tools->addWidget(gap);
  addDevice(*tools);
  memory_ = new MemoryReadout(workbench_.lanes().memory);
  tools->addWidget(memory_);
}

/// Where it is computed, beside what that takes.
void MainWindow::addDevice(QToolBar& tools) {
  auto* device = new DeviceChooser;
  device->setAccessibleName(tr("Device"));
  device->setToolTip(tr("Where it is computed. auto: a GPU where there is one."));
  device->setEnabled(false);  // until there is something to compute
  auto* label = new QLabel(tr("Dev&ice"));
  label->setBuddy(device);
  label->setForegroundRole(QPalette::PlaceholderText);
  label->setContentsMargins(2 * kSpacing, 0, kSpacing, 0);
  tools.addWidget(label);
  tools.addWidget(device);
  connect(device, &QComboBox::activated, this, [this, device] {
    auto settings = workbench_.settings();
    settings.device = device->device();
    workbench_.setSettings(settings);
  });
  const auto show = [this, device] { device->setDevice(workbench_.settings().device); };
  connect(&workbench_, &Workbench::settingsChanged, device, show);
  connect(&workbench_, &Workbench::documentReplaced, device, [device, show] {
    device->setEnabled(true);
    show();
  });
}

}  // namespace octet::ui
