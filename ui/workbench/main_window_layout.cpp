// Where the window and its panels stand, and how that is remembered.

#include <QDockWidget>
#include <QScreen>
#include <QStyle>

#include "ui/listen/listen_panel.h"
#include "ui/session/session.h"
#include "ui/workbench/main_window.h"

namespace octet::ui {
namespace {

constexpr const char* kGeometry = "window/geometry";
constexpr const char* kPanels = "window/panels";
constexpr const char* kSoundDevice = "listen/device";

}  // namespace

void MainWindow::setLayout(const Session& session) {
  if (!session.geometry.isEmpty()) restoreGeometry(session.geometry);
  if (!session.state.isEmpty()) restoreState(session.state, kLayoutVersion);
}

void MainWindow::fitScreen() {
  const int title = style()->pixelMetric(QStyle::PM_TitleBarHeight);
  resize(size().boundedTo(screen()->availableSize() - QSize(0, title)));
  resetLayout();
}

void MainWindow::restoreAsLeft() {
  listen_->player().output().choose(settings_.value(kSoundDevice).toByteArray());
  if (!restoreGeometry(settings_.value(kGeometry).toByteArray())) return fitScreen();
  if (!restoreState(settings_.value(kPanels).toByteArray(), kLayoutVersion)) resetLayout();
}

void MainWindow::resetLayout() {
  restoreState(first_layout_, kLayoutVersion);
  const auto dock = [this](const char* name) { return findChild<QDockWidget*>(name); };
  resizeDocks({dock("modelDock"), dock("measuresDock")}, {width() / 4, width() * 27 / 100}, Qt::Horizontal);
  resizeDocks({dock("jobsDock")}, {height() / 8}, Qt::Vertical);
}

void MainWindow::rememberLayout() {
  settings_.setValue(kGeometry, saveGeometry());
  settings_.setValue(kPanels, saveState(kLayoutVersion));
  settings_.setValue(kSoundDevice, listen_->player().output().chosen());
}

void MainWindow::inspectLayer() {
  auto* dock = findChild<QDockWidget*>("layerDock");
  dock->show();
  dock->raise();
}

}  // namespace octet::ui
