#pragma once

#include "ui/model_tree/layer_choices.h"

class QMenu;

namespace octet::ui {

/// An entry for each of fp32, bf16, the plan's base and int8, with what the layers would weigh and its key;
/// one that would be granted to no layer is disabled, and says why below. Then int8 by each method.
void fill_precision_menu(QMenu& menu, const LayerChoices& choices);

}  // namespace octet::ui
