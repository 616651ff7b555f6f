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

Outcome outcome_of(const LayerChoices& choices, const Choice& choice) {
  const auto& editor = choices.editor;
  const auto& table = editor.checkpoint().layers();
  const auto resolved = editor.resolvedOf(choices.planned(choice));
  Outcome outcome;
  for (const int number : choices.layers) {
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

void fill_method_menu(QMenu& menu, const LayerChoices& choices) {
  const auto decided = [&, &table = choices.editor.checkpoint().layers()](int layer) {
    return table[static_cast<std::size_t>(layer)].quantizable();
  };
  if (std::ranges::none_of(choices.layers, decided)) return;
  menu.setToolTipsVisible(true);
  const auto& choose = choices.choose;
  for (const auto& variant : method_variants()) {
    const Choice choice{.method = variant.method, .options = variant.options};
    const auto outcome = outcome_of(choices, choice);
    const auto name = QString::fromStdString(to_string(variant));
    const auto said = outcome.granted > 0 ? bytes_text(static_cast<double>(outcome.bytes)) : outcome.kept;
    auto* action =
        menu.addAction(tr("%1  –  %2").arg(name, said), &menu, [choose, choice] { choose(choice); });
    action->setObjectName(name);
    action->setCheckable(true);
    action->setChecked(outcome.granted > 0 && outcome.held == outcome.granted);
    action->setEnabled(outcome.granted > 0);
    action->setToolTip(outcome.kept);
  }
  menu.addSeparator();
  auto* parent = menu.parentWidget();
  while (qobject_cast<QMenu*>(parent)) parent = parent->parentWidget();
  menu.addAction(tr("Other settings…"), &menu,
                 [choose, parent] {
                   auto* dialog = new MethodDialog(parent);
                   dialog->setAttribute(Qt::WA_DeleteOnClose);
                   QObject::connect(dialog, &MethodDialog::chosen, dialog, choose);
                   dialog->open();
                 })
      ->setObjectName("otherSettings");
}

}  // namespace octet::ui
