#pragma once

#include <functional>
#include <vector>

#include "ui/model_tree/plan_editor.h"

namespace octet::ui {

/// Layers that a plan is to say something of, and how that is tried and done.
struct LayerChoices {
  const PlanEditor& editor;
  std::vector<int> layers;                              ///< indices in the table
  std::function<PrecisionPlan(const Choice&)> planned;  ///< the editor's plan with a choice for them
  std::function<void(const Choice&)> choose;
};

}  // namespace octet::ui
