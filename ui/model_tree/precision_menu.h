#pragma once

#include <QString>
#include <cstdint>
#include <functional>
#include <vector>

#include "ui/model_tree/plan_editor.h"

class QMenu;

namespace octet::ui {

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

/// Of fp32, bf16, the plan's base and int8. `layers`: indices in the table. `planned`: the editor's plan with
/// a choice for them.
std::vector<PrecisionOffer> precision_offers(const PlanEditor& editor, const std::vector<int>& layers,
                                             const std::function<PrecisionPlan(const Choice&)>& planned);

/// An entry for each offer, with its weight and its key; one that would be granted to no layer is disabled,
/// and says why below.
void fill_precision_menu(QMenu& menu, const std::vector<PrecisionOffer>& offers,
                         const std::function<void(const Choice&)>& choose);

}  // namespace octet::ui
