#pragma once

#include <functional>
#include <vector>

#include "ui/model_tree/plan_editor.h"

class QMenu;

namespace octet::ui {

/// Adds a menu of int8 by each method and its settings (core/quant/methods.h), with the bytes that the layers
/// would take, and any other settings by a dialog; one that no layer would be given is disabled and says why.
/// `layers` and `planned`: as for precision_offers.
void add_method_menu(QMenu& menu, const PlanEditor& editor, const std::vector<int>& layers,
                     const std::function<PrecisionPlan(const Choice&)>& planned,
                     const std::function<void(const Choice&)>& choose);

}  // namespace octet::ui
