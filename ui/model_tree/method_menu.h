#pragma once

#include "ui/model_tree/layer_choices.h"

class QMenu;

namespace octet::ui {

/// int8 by each method and its settings (core/quant/methods.h), with the bytes that the layers would take,
/// and any other settings by a dialog; one that no layer would be given is disabled and says why. Nothing
/// where a plan decides about none of them.
void fill_method_menu(QMenu& menu, const LayerChoices& choices);

}  // namespace octet::ui
