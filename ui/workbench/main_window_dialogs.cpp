// What the window opens above itself.

#include <QDialog>
#include <QFileInfo>

#include "core/held_file.h"
#include "core/metrics/report.h"
#include "ui/export/export_dialog.h"
#include "ui/measures/measures_panel.h"
#include "ui/model_tree/model_tree_panel.h"
#include "ui/model_tree/plan_diff_dialog.h"
#include "ui/preferences/preferences.h"
#include "ui/risks/risks_dialog.h"
#include "ui/session/session.h"
#include "ui/study/front_dialog.h"
#include "ui/study/pairs_dialog.h"
#include "ui/study/pairs_question.h"
#include "ui/study/sensitivity_dialog.h"
#include "ui/theme/theme.h"
#include "ui/validation/validate_dialog.h"
#include "ui/workbench/calibrate_dialog.h"
#include "ui/workbench/main_window.h"
#include "ui/workbench/message_bar.h"

namespace octet::ui {
namespace {

/// A file may be intact and what it makes be broken, which is warned of and left to the person.
QString sound_of(const MeasuresPanel& measures, const ValidatedPlan* validated, int slot) {
  if (slot == 0) return MainWindow::tr("Sound: A is what the others are compared with.");
  const auto [standing, text] = validated ? validated->conclusion : measures.overall(slot);
  const auto said = text.toHtmlEscaped();
  if (text.isEmpty())
    return MainWindow::tr(
        "<b>– Sound: not judged yet.</b> Nothing was measured of this plan: synthesize it, or "
        "validate it on a whole set.");
  if (standing == Standing::beyond)
    return MainWindow::tr("<b>! Sound: %1</b> Listen before you ship this.").arg(said);
  return MainWindow::tr("<b>%1 Sound:</b> %2").arg(sign(standing), said);
}

}  // namespace

/// Until it is closed; then the keys are the window's again, also where no window manager sees to that.
void MainWindow::keep(QDialog& dialog) {
  dialog.setAttribute(Qt::WA_DeleteOnClose);
  connect(&dialog, &QDialog::finished, this, &QWidget::activateWindow);
}

void MainWindow::showPlanDiff() {
  const auto& slots = workbench_.planSlots();
  if (slots.size() < 2) return;
  const int other = std::max(1, workbench_.currentSlot());
  const auto& second = slots[static_cast<std::size_t>(other)];
  auto* dialog =
      new PlanDiffDialog({slots[0].name(), 0, slots[0].editor}, {second.name(), other, second.editor}, this);
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
  const int slot = workbench_.currentSlot();
  const auto* validated = workbench_.validationOf(slot);
  auto* dialog =
      new ExportDialog(workbench_.checkpoint(), workbench_.editor()->resolved(), workbench_.lanes(),
                       workbench_.settings().device, workbench_.settings().threads, this);
  dialog->setInputs(files_of(workbench_.session()));
  dialog->setSound(sound_of(*measures_, validated, slot));
  if (validated) dialog->setValidation(*validated->result);
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

void MainWindow::askToStudy() {
  if (!workbench_.checkpoint()) return;
  auto* dialog =
      new SensitivityDialog(*workbench_.checkpoint(), workbench_.clips(),
                            layer_scopes(workbench_.checkpoint()->layers(), tree_->foundLayers()), this);
  connect(dialog, &SensitivityDialog::asked, &workbench_, &Workbench::studySensitivity);
  keep(*dialog);
  dialog->open();
}

void MainWindow::askToStudyPairs() {
  if (!workbench_.checkpoint()) return;
  if (!workbench_.study())
    return messages_->say(MessageBar::Kind::hint, tr("Layers are paired that a sensitivity study has."),
                          tr("Study sensitivity, or show a study that there is: both are in the menu Plan."));
  auto* dialog =
      new PairsQuestionDialog(*workbench_.checkpoint(), workbench_.clips(),
                              layer_scopes(workbench_.checkpoint()->layers(), tree_->foundLayers()), this);
  connect(dialog, &PairsQuestionDialog::asked, &workbench_, &Workbench::studyPairs);
  keep(*dialog);
  dialog->open();
}

void MainWindow::showPairs(const std::shared_ptr<const LayerPairs>& study, const QString& name) {
  auto* dialog = new PairsDialog(study, name, this);
  connect(dialog, &PairsDialog::layersChosen, tree_, &ModelTreePanel::revealLayers);
  connect(&workbench_, &Workbench::documentReplaced, dialog, &QDialog::close);
  keep(*dialog);
  dialog->show();
}

void MainWindow::showFront() {
  if (!workbench_.checkpoint()) return;
  if (!workbench_.study())
    return messages_->say(MessageBar::Kind::hint, tr("Automatic plans are made of a sensitivity study."),
                          tr("Study sensitivity, or show a study that there is: both are in the menu Plan."));
  auto* dialog = new FrontDialog(workbench_.checkpoint(), workbench_.study()->study, workbench_.calibration(),
                                 workbench_.lanes().analysis, this);
  const auto show_slots = [this, dialog] {
    std::vector<SlotPlan> plans;
    for (const auto& slot : workbench_.planSlots()) plans.push_back({slot.name(), slot.editor->resolved()});
    dialog->setSlots(std::move(plans), workbench_.currentSlot());
  };
  show_slots();
  for (const auto changed : {&Workbench::planChanged, &Workbench::currentSlotChanged})
    connect(&workbench_, changed, dialog, show_slots);
  connect(&workbench_, &Workbench::planSlotsChanged, dialog, show_slots);
  // They are about another study then.
  for (const auto other : {&Workbench::documentReplaced, &Workbench::studyShown})
    connect(&workbench_, other, dialog, &QDialog::close);
  connect(dialog, &FrontDialog::taken, this, &MainWindow::takePlan);
  dialog->addActions({findChild<QAction*>("undo"), findChild<QAction*>("redo")});
  keep(*dialog);
  dialog->show();
}

void MainWindow::takePlan(int slot, const PrecisionPlan& plan, const QString& text) {
  workbench_.setCurrentSlot(slot);
  try {
    workbench_.editor()->setPlan(plan, text);
  } catch (const Error& error) {
    tell(error);
  }
}

void MainWindow::askToValidate() {
  if (!workbench_.checkpoint()) return;
  std::vector<StudyPlan> plans;
  for (const auto& slot : workbench_.planSlots()) {
    const auto& plan = slot.editor->plan();
    plans.push_back({slot.name().toStdString() + ": " + plan.name, plan});
  }
  auto* dialog =
      new ValidateDialog(std::move(plans), *workbench_.checkpoint(), workbench_.lanes().places, this);
  connect(dialog, &ValidateDialog::asked, &workbench_, &Workbench::validate);
  keep(*dialog);
  dialog->open();
}

void MainWindow::showValidations() {
  std::map<int, Conclusion> concluded;
  const auto runs = workbench_.runs();
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (const auto* found = workbench_.validationOf(runs[i]->slot()); found && runs[i]->edits_ago == 0)
      concluded.emplace(static_cast<int>(i), found->conclusion);
  measures_->setValidations(std::move(concluded));
}

RisksDialog* MainWindow::showRisks() {
  if (!workbench_.checkpoint()) return nullptr;
  if (auto* there = findChild<RisksDialog*>()) {
    there->raise();
    there->activateWindow();
    return there;
  }
  auto* dialog =
      new RisksDialog({workbench_.lanes().device,
                       [this](const RiskRequest& request, QObject* context, RisksDialog::Found found) {
                         return workbench_.lookAtRisk(request, context, std::move(found));
                       }},
                      this);
  const auto fill = [this, dialog] {
    QStringList plans;
    for (const auto& slot : workbench_.planSlots())
      plans << tr("%1: %2").arg(slot.name(), QString::fromStdString(slot.editor->plan().name));
    dialog->setChoices(plans, workbench_.currentSlot(), workbench_.clips(), workbench_.currentClip());
  };
  fill();
  for (const auto changed : {&Workbench::planSlotsChanged, &Workbench::clipsChanged})
    connect(&workbench_, changed, dialog, fill);
  connect(&workbench_, &Workbench::planChanged, dialog, fill);
  connect(&workbench_, &Workbench::documentReplaced, dialog, &QWidget::close);
  connect(dialog, &RisksDialog::partChosen, tree_, &ModelTreePanel::revealLayer);
  connect(dialog, &RisksDialog::momentChosen, this, &MainWindow::jumpTo);
  keep(*dialog);
  dialog->show();
  return dialog;
}

void MainWindow::openRisk(const QString& path) {
  auto* dialog = showRisks();
  if (!dialog)
    return messages_->say(MessageBar::Kind::problem,
                          tr("there is no model yet that the layers of %1 are in").arg(path),
                          tr("open a checkpoint or the demo voice first, then add this"));
  workbench_.lanes().analysis.run(
      tr("Open %1").arg(QFileInfo(path).fileName()), dialog,
      [place = path.toStdString()](const JobControl&) {
        return parse_risk(HeldFile::open(place)->text(), place);
      },
      [dialog, path](const Risk& risk) {
        dialog->showRisk({risk, 1, QFileInfo(path).fileName()});
      });
}

}  // namespace octet::ui
