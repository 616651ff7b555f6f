#pragma once

#include <QString>

#include "core/plan/plan.h"

namespace octet::ui {

/// What is done with a layer, and why, as rows of rich text.
QString layer_detail(const Layer& layer, const Resolution& resolution);

}  // namespace octet::ui
