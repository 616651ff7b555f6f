#include "ui/inspector/seen_as.h"

#include <algorithm>

#include "core/checkpoint/calibration.h"
#include "core/quant/methods.h"
#include "ui/language/tr.h"
#include "ui/model_tree/method_text.h"

namespace octet::ui {
namespace {

QString name_of(const Recipe& recipe) {
  const auto storage = QString::fromUtf8(to_string(recipe.storage));
  return recipe.storage == Precision::int8 ? storage + ' ' + method_text(recipe) : storage;
}

Recipe of_weight_alone(Recipe recipe) {
  if (recipe.storage == Precision::int8) recipe.base = Precision::fp32;
  return recipe;
}

}  // namespace

std::vector<SeenAs> ways_to_see(const Layer& layer, const Resolution& resolution,
                                const Calibration* calibration) {
  const auto planned = of_weight_alone(resolution.effective);
  std::vector<SeenAs> ways{{tr("%1, as planned").arg(name_of(planned)), planned}};
  if (layer.stored == Precision::int8) return ways;
  const auto add = [&](const Recipe& recipe) {
    if (recipe != planned) ways.push_back({name_of(recipe), recipe});
  };
  add(floating_recipe(Precision::bf16));
  for (const auto& variant : method_variants()) {
    const auto& traits = traits_of(variant.method);
    if (!traits.refusal(layer, variant.options).empty()) continue;
    Recipe recipe{.storage = Precision::int8, .method = variant.method, .options = variant.options};
    if (needs_calibration(variant)) {
      if (!calibration || !calibration->has(layer.name)) continue;
      recipe.options = traits.calibrated(variant.options, calibration->sha256());
    }
    add(recipe);
  }
  return ways;
}

}  // namespace octet::ui
