#pragma once

#include <QString>
#include <vector>

#include "core/plan/plan.h"

namespace octet::ui {

/// A way to store a layer that it can be looked at in.
struct SeenAs {
  QString name;
  Recipe recipe;
};

/// All there are for a layer: first what the plan does, then what other types and methods would, those that
/// need a calibration where `calibration` has the layer. Integers of a file are what they are: only the
/// plan's way is there. What stands beside the weight is left aside: the base of int8 is always fp32.
std::vector<SeenAs> ways_to_see(const Layer& layer, const Resolution& resolution,
                                const Calibration* calibration);

}  // namespace octet::ui
