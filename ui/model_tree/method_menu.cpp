#include "ui/model_tree/method_menu.h"

#include <QCoreApplication>
#include <QMenu>
#include <algorithm>

#include "core/plan/size.h"
#include "core/quant/methods.h"
#include "ui/model_tree/layer_column.h"
#include "ui/model_tree/method_dialog.h"

namespace octet::ui {
namespace {

QString tr(const char* text) { return QCoreApplication::translate("octet::ui::MethodMenu", text); }

/// What int8 by a method would come to for some layers.
struct Outcome {
  std::uint64_t bytes = 0;
  int granted = 0;
  int held = 0;       ///< of those, layers that are stored so now
  QString kept = {};  ///< why the first that would not be int8 would not
};

Outcome outcome_of(const PlanEditor& editor, const std::vector<int>& layers, const PrecisionPlan& plan) {
  const auto& table = editor.checkpoint().layers();
  const auto resolved = editor.resolvedOf(plan);
  Outcome outcome;
  for (const int number : layers) {
    const auto i = static_cast<std::size_t>(number);
    const auto& would = resolved.layers[i];
    outcome.bytes += written_bytes(table[i], would.effective);
    if (!table[i].quantizable()) continue;
    if (would.effective.storage != Precision::int8) {
      if (outcome.kept.isEmpty()) outcome.kept = QString::fromStdString(would.reason);
      continue;
    }
    ++outcome.granted;
    outcome.held += would.effective == editor.resolved().layers[i].effective ? 1 : 0;
  }
  return outcome;
}

}  // namespace

void add_method_menu(QMenu& menu, const PlanEditor& editor, const std::vector<int>& layers,
                     const std::function<PrecisionPlan(const Choice&)>& planned,
                     const std::function<void(const Choice&)>& choose) {
  const auto& table = editor.checkpoint().layers();
  if (std::ranges::none_of(layers, [&](int i) { return table[static_cast<std::size_t>(i)].quantizable(); }))
    return;
  auto* methods = menu.addMenu(tr("int8 by method"));
  methods->setObjectName("methodMenu");
  methods->setToolTipsVisible(true);
  for (const auto& variant : method_variants()) {
    const Choice choice{.method = variant.method, .options = variant.options};
    const auto outcome = outcome_of(editor, layers, planned(choice));
    const auto name = QString::fromStdString(to_string(variant));
    const auto said = outcome.granted > 0 ? bytes_text(static_cast<double>(outcome.bytes)) : outcome.kept;
    auto* action =
        methods->addAction(tr("%1  –  %2").arg(name, said), methods, [choose, choice] { choose(choice); });
    action->setObjectName(name);
    action->setCheckable(true);
    action->setChecked(outcome.granted > 0 && outcome.held == outcome.granted);
    action->setEnabled(outcome.granted > 0);
    action->setToolTip(outcome.kept);
  }
  methods->addSeparator();
  methods
      ->addAction(tr("Other settings…"), methods,
                  [choose, parent = menu.parentWidget()] {
                    auto* dialog = new MethodDialog(parent);
                    dialog->setAttribute(Qt::WA_DeleteOnClose);
                    QObject::connect(dialog, &MethodDialog::chosen, dialog, choose);
                    dialog->open();
                  })
      ->setObjectName("otherSettings");
}

}  // namespace octet::ui
