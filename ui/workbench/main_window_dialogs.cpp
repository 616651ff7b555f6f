// What the window opens above itself.

#include <QDialog>

#include "core/metrics/report.h"
#include "ui/export/export_dialog.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/model_tree/plan_diff_dialog.h"
#include "ui/preferences/preferences.h"
#include "ui/session/session.h"
#include "ui/theme/theme.h"
#include "ui/validation/validate_dialog.h"
#include "ui/workbench/calibrate_dialog.h"
#include "ui/workbench/main_window.h"

namespace octet::ui {

/// Until it is closed; then the keys are the window's again, also where no window manager sees to that.
void MainWindow::keep(QDialog& dialog) {
  dialog.setAttribute(Qt::WA_DeleteOnClose);
  connect(&dialog, &QDialog::finished, this, &QWidget::activateWindow);
}

void MainWindow::showPlanDiff() {
  const auto& slots = workbench_.planSlots();
  if (slots.size() < 2) return;
  const auto other = static_cast<std::size_t>(std::max(1, workbench_.currentSlot()));
  auto* dialog =
      new PlanDiffDialog(slots[0].name, *slots[0].editor, slots[other].name, *slots[other].editor, this);
  keep(*dialog);
  connect(dialog, &PlanDiffDialog::layerChosen, tree_, &ModelTreePanel::revealLayer);
  dialog->show();
}

void MainWindow::showPreferences() {
  auto* dialog = new PreferencesDialog(read_preferences(), this);
  keep(*dialog);
  connect(dialog, &PreferencesDialog::changed, this, [this](const Preferences& preferences) {
    write_preferences(preferences);
    apply_appearance(preferences.appearance);
    document_->setInterval(std::chrono::minutes(preferences.autosave_minutes));
    auto settings = workbench_.settings();
    settings.device = preferences.device;
    settings.threads = preferences.threads;
    workbench_.setSettings(settings);
  });
  dialog->open();
}

ExportDialog* MainWindow::exportPlan() {
  if (!workbench_.editor()) return nullptr;
  auto* dialog =
      new ExportDialog(workbench_.checkpoint(), workbench_.editor()->resolved(), workbench_.lanes(),
                       workbench_.settings().device, workbench_.settings().threads, this);
  dialog->setInputs(files_of(workbench_.session()));
  if (workbench_.report()) dialog->setReport(to_json(*workbench_.report()));
  keep(*dialog);
  dialog->open();
  return dialog;
}

void MainWindow::askToCalibrate() {
  if (!workbench_.checkpoint()) return;
  auto* dialog = new CalibrateDialog(workbench_, this);
  connect(dialog, &CalibrateDialog::asked, &workbench_, &Workbench::calibrate);
  keep(*dialog);
  dialog->open();
}

void MainWindow::askToValidate() {
  if (!workbench_.checkpoint()) return;
  std::vector<StudyPlan> plans;
  for (const auto& [name, editor] : workbench_.planSlots())
    plans.push_back({name.toStdString() + ": " + editor->plan().name, editor->plan()});
  auto* dialog =
      new ValidateDialog(std::move(plans), *workbench_.checkpoint(), workbench_.lanes().places, this);
  connect(dialog, &ValidateDialog::asked, &workbench_, &Workbench::validate);
  keep(*dialog);
  dialog->open();
}

}  // namespace octet::ui
