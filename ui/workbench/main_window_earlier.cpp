// Earlier runs of the slot that is edited, from the window.

#include <QAction>
#include <QMenu>
#include <QSignalBlocker>
#include <algorithm>

#include "ui/runs/run_difference.h"
#include "ui/workbench/main_window.h"

namespace octet::ui {

void MainWindow::fillEarlier(QMenu& menu) {
  menu.clear();
  const auto earlier = workbench_.earlierRuns();
  if (earlier.empty()) {
    menu.addAction(tr("None of this clip yet: edit the plan, and synthesize again"))->setEnabled(false);
    return;
  }
  const auto add = [&](const QString& text, int edits_ago) {
    auto* action = menu.addAction(text, this, [this, edits_ago] { showEarlier(edits_ago); });
    action->setCheckable(true);
    action->setChecked(edits_ago == workbench_.earlierShown());
  };
  add(tr("&None"), 0);
  const auto shown = workbench_.runs();
  const auto present = std::ranges::find_if(
      shown, [this](const auto& run) { return run->slot() == workbench_.currentSlot(); });
  for (int ago = 1; ago <= std::ssize(earlier); ++ago) {
    const auto& run = *earlier[static_cast<std::size_t>(ago - 1)];
    const auto name = run_name(run.slot(), ago), differs = difference_in_words(run, **present);
    add(ago == 1 ? tr("%1, before the last edit: plan %2, %3").arg(name, run.plan, differs)
                 : tr("%1, %n edits ago: plan %2, %3", nullptr, ago).arg(name, run.plan, differs),
        ago);
  }
}

void MainWindow::showEarlier(int edits_ago) {
  auto* before = findChild<QAction*>("showBefore");
  const QSignalBlocker quiet(before);
  before->setChecked(edits_ago > 0);
  workbench_.showEarlier(edits_ago);
}

}  // namespace octet::ui
