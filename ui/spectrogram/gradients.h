#pragma once

#include "ui/plotting.h"

namespace octet::ui {

/// How levels are coloured; even steps of level look like even steps.
enum class LevelPalette { viridis, magma, grey };

/// From quiet to loud; grey begins with the background of plots.
QCPColorGradient level_gradient(LevelPalette palette);
/// Blue below, the background of plots at 0, red above.
QCPColorGradient difference_gradient();

}  // namespace octet::ui
