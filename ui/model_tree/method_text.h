#pragma once

#include <QString>

#include "core/tensor/recipe.h"

namespace octet::ui {

/// How a recipe makes int8, with its options, the hash of a calibration left out: "gptq group=64".
QString method_text(const Recipe& recipe);

}  // namespace octet::ui
