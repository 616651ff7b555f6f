#include "ui/model_tree/precision_menu.h"

#include <QActionGroup>
#include <QCoreApplication>
#include <QMenu>
#include <algorithm>

#include "core/plan/layer_role.h"
#include "ui/model_tree/layer_column.h"
#include "ui/model_tree/method_menu.h"
#include "ui/theme/icons.h"

namespace octet::ui {
namespace {

/// What a precision would come to for chosen layers.
struct PrecisionOffer {
  Precision precision = Precision::fp32;
  std::uint64_t bytes = 0;  ///< of these layers under it
  int layers = 0;           ///< whose weight a plan decides about
  int granted = 0;          ///< of them, those that would have it
  int held = 0;             ///< of them, those that have it now
  QString kept = {};        ///< why the first that would not have it would not; empty where all would
  bool forcible = false;    ///< none would, but all of them by force
};

QString tr(const char* text) { return QCoreApplication::translate("octet::ui::PrecisionMenu", text); }

QString name_of(Precision precision) { return QString::fromUtf8(to_string(precision)); }

QString key_of(Precision precision) {
  switch (precision) {
    case Precision::int8: return QStringLiteral("I");
    case Precision::bf16: return QStringLiteral("B");
    case Precision::fp32: return QStringLiteral("F");
    case Precision::fp16: break;
  }
  return {};
}

std::vector<PrecisionOffer> precision_offers(const LayerChoices& choices) {
  const auto& editor = choices.editor;
  std::vector<Precision> precisions{Precision::fp32, Precision::bf16};
  if (std::ranges::find(precisions, editor.plan().base) == precisions.end())
    precisions.push_back(editor.plan().base);
  precisions.push_back(Precision::int8);
  const auto& table = editor.checkpoint().layers();
  std::vector<PrecisionOffer> offers;
  for (const auto precision : precisions) {
    PrecisionOffer offer{.precision = precision, .forcible = true};
    const auto resolved = editor.resolvedOf(choices.planned({.precision = precision}));
    for (const int number : choices.layers) {
      const auto i = static_cast<std::size_t>(number);
      const auto& would = resolved.layers[i];
      offer.bytes += written_bytes(table[i], would.effective);
      if (!table[i].quantizable()) continue;
      ++offer.layers;
      offer.held += editor.resolved().layers[i].effective.storage == precision ? 1 : 0;
      if (would.effective.storage == precision)
        ++offer.granted;
      else if (offer.kept.isEmpty())
        offer.kept = QString::fromStdString(would.reason);
      offer.forcible &= !permits(role_of(table[i]).protection, precision);
    }
    offer.forcible &= offer.layers > 0 && offer.granted == 0;
    offers.push_back(std::move(offer));
  }
  return offers;
}

}  // namespace

void fill_precision_menu(QMenu& menu, const LayerChoices& choices) {
  const auto& choose = choices.choose;
  auto* one_of = new QActionGroup(&menu);
  one_of->setExclusionPolicy(QActionGroup::ExclusionPolicy::ExclusiveOptional);  // none where they differ
  for (const auto& offer : precision_offers(choices)) {
    if (offer.layers == 0) continue;
    const auto name = name_of(offer.precision), bytes = bytes_text(static_cast<double>(offer.bytes));
    auto text = QStringLiteral("%1  –  %2").arg(name, bytes);
    if (offer.granted > 0 && offer.granted < offer.layers)
      text = tr("%1  –  %2, %3 of %4 layers").arg(name, bytes).arg(offer.granted).arg(offer.layers);
    if (const auto key = key_of(offer.precision); !key.isEmpty()) text += '\t' + key;
    auto* action = menu.addAction(
        text, &menu, [choose, precision = offer.precision] { choose({.precision = precision}); });
    action->setObjectName(name_of(offer.precision));
    one_of->addAction(action);
    action->setCheckable(true);
    action->setChecked(offer.held == offer.layers);
    action->setEnabled(offer.granted > 0);
    if (offer.granted == 0) action->setIcon(icon(Icon::lock));
    action->setToolTip(offer.kept);
    if (offer.granted > 0) continue;
    menu.addAction(offer.kept)->setEnabled(false);
    if (offer.forcible)
      menu.addAction(
              icon(Icon::unlock), tr("%1 all the same").arg(name_of(offer.precision)), &menu,
              [choose, precision = offer.precision] { choose({.precision = precision, .force = true}); })
          ->setObjectName("force-" + name_of(offer.precision));
  }
  menu.setToolTipsVisible(true);
  if (menu.isEmpty()) return;  // nothing that a plan decides about
  auto* methods = menu.addMenu(tr("int8 by method"));
  methods->setObjectName("methodMenu");
  fill_method_menu(*methods, choices);
}

}  // namespace octet::ui
