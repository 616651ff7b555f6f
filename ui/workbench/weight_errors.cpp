#include "ui/workbench/weight_errors.h"

#include <cmath>

#include "core/kernels/arithmetic.h"
#include "core/quant/methods.h"
#include "core/synthesis/weight_error.h"

namespace octet::ui {
namespace {

using Recipes = std::vector<std::optional<Recipe>>;

/// How the plan makes each layer int8, plainly rounded where it does not; none where there is nothing to
/// tell. What else is stored in which type does not matter.
Recipes int8_recipes(const Checkpoint& checkpoint, const ResolvedPlan& plan) {
  Recipes recipes;
  const auto& layers = checkpoint.layers();
  for (std::size_t i = 0; i < layers.size(); ++i) {
    auto recipe = plan.layers[i].effective;
    if (recipe.storage != Precision::int8) recipe = {.storage = Precision::int8};
    recipe.base = Precision::fp32;
    const bool told = layers[i].quantizable() && !needs_calibration(recipe);
    recipes.push_back(told ? std::optional(recipe) : std::nullopt);
  }
  return recipes;
}

}  // namespace

void WeightErrors::measure(const std::shared_ptr<const Checkpoint>& checkpoint, const ResolvedPlan& plan) {
  if (job_) lane_.cancel(*job_);
  if (checkpoint_ != checkpoint) known_.clear();
  checkpoint_ = checkpoint;
  const auto recipes = int8_recipes(*checkpoint, plan);
  job_ = lane_.run(
      tr("Weight errors"), this,
      [checkpoint, recipes, known = known_](const JobControl& control) {
        use_threads(1);  // of this lane: nobody waits for it, and others need the cores
        const auto& layers = checkpoint->layers();
        Known measured;
        for (std::size_t i = 0; i < layers.size(); ++i) {
          control.at({"weight errors", static_cast<int>(i), static_cast<int>(layers.size())});
          if (!recipes[i] || known.contains({i, *recipes[i]})) continue;
          measured[{i, *recipes[i]}] =
              static_cast<float>(int8_weight_error(*checkpoint, layers[i], *recipes[i]).decibels());
        }
        return measured;
      },
      [this, checkpoint, recipes](const Known& more) {
        if (checkpoint != checkpoint_) return;  // another was opened meanwhile
        known_.insert(more.begin(), more.end());
        std::vector<float> decibels;
        for (const auto& recipe : recipes) {
          const auto found = recipe ? known_.find({decibels.size(), *recipe}) : known_.end();
          decibels.push_back(found == known_.end() ? std::nanf("") : found->second);
        }
        Q_EMIT measured(decibels);
      });
}

}  // namespace octet::ui
