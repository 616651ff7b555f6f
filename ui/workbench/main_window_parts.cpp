// What the window is made of: its panels.

#include <QDockWidget>
#include <QLabel>
#include <QSplitter>
#include <QStatusBar>
#include <QVBoxLayout>

#include "core/resources.h"
#include "ui/clips/clips_panel.h"
#include "ui/inspector/layer_inspector.h"
#include "ui/jobs/jobs_panel.h"
#include "ui/jobs/jobs_status.h"
#include "ui/listen/listen_panel.h"
#include "ui/measures/measures_panel.h"
#include "ui/model_tree/layer_column.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/spectrogram/spectrogram_panel.h"
#include "ui/theme/theme.h"
#include "ui/workbench/main_window.h"
#include "ui/workbench/message_bar.h"
#include "ui/workbench/synthesis_bar.h"

namespace octet::ui {
namespace {

QDockWidget* docked(QMainWindow& window, Qt::DockWidgetArea area, const QString& name, const QString& title,
                    QWidget* panel) {
  auto* dock = new QDockWidget(title, &window);
  dock->setObjectName(name);
  dock->setWidget(panel);
  window.addDockWidget(area, dock);
  return dock;
}

}  // namespace

void MainWindow::makePanels(std::unique_ptr<SoundSystem> sound) {
  messages_ = new MessageBar;
  listen_ = new ListenPanel(timeline_, std::move(sound));
  spectrogram_ = new SpectrogramPanel(timeline_, workbench_.lanes().analysis);
  spectrogram_->addControl(listen_->makeBandChooser());
  spectrogram_->addReadout(listen_->makeLevelReadout());
  measures_ = new MeasuresPanel(workbench_.lanes().looks);
  inspector_ = new LayerInspector(workbench_.lanes().looks);
  tree_ = new ModelTreePanel;
  clips_ = new ClipsPanel;
  jobs_ = new JobsPanel;
  jobs_->model().watch(workbench_.lanes().device);
  jobs_->model().watch(workbench_.lanes().analysis);
  jobs_->model().watch(workbench_.syntheses());

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
  auto* model = docked(*this, Qt::LeftDockWidgetArea, "modelDock", tr("Model"), tree_);
  auto* clips = docked(*this, Qt::LeftDockWidgetArea, "clipsDock", tr("Clips"), clips_);
  auto* measures = docked(*this, Qt::RightDockWidgetArea, "measuresDock", tr("Measures"), measures_);
  auto* layer = docked(*this, Qt::RightDockWidgetArea, "layerDock", tr("Layer"), inspector_);
  tabifyDockWidget(model, clips);
  tabifyDockWidget(measures, layer);
  // Their tabs have the titles.
  for (auto* tab : {model, clips, measures, layer}) tab->setTitleBarWidget(new QWidget(tab));
  setTabPosition(Qt::LeftDockWidgetArea | Qt::RightDockWidgetArea, QTabWidget::North);
  for (auto* first : {model, measures}) first->raise();
  auto* jobs = docked(*this, Qt::BottomDockWidgetArea, "jobsDock", tr("Jobs"), jobs_);
  jobs->hide();
  auto* status = new JobsStatus(jobs_->model());
  connect(status, &JobsStatus::listRequested, jobs->toggleViewAction(), &QAction::trigger);
  statusBar()->addWidget(status, 1);
  auto* open = new QLabel;
  open->setObjectName("openCheckpoint");
  open->setContentsMargins(kSpacing, 0, kSpacing, 0);
  statusBar()->addPermanentWidget(open);
  connect(&workbench_, &Workbench::documentReplaced, open, [this, open] {
    const auto& path = workbench_.checkpoint()->path();
    const auto name = QString::fromStdString(path.filename().string());
    const auto size = bytes_text(static_cast<double>(workbench_.checkpoint()->file_bytes()));
    const auto demo = demo_voice_if_any();
    open->setText(demo && path.parent_path() == settled(*demo)
                      ? tr("%1, %2: the demo voice. Your model will have other figures.").arg(name, size)
                      : tr("%1, %2").arg(name, size));
    open->setToolTip(tr("Open: %1").arg(QString::fromStdString(path.string())));
  });
  statusBar()->setSizeGripEnabled(false);
}

}  // namespace octet::ui
