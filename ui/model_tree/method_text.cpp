#include "ui/model_tree/method_text.h"

#include "core/quant/methods.h"

namespace octet::ui {

QString method_text(const Recipe& recipe) {
  const auto& traits = traits_of(recipe.method);
  const auto options = traits.calibrated ? traits.calibrated(recipe.options, {}) : recipe.options;
  return QString::fromStdString(to_string(MethodVariant{recipe.method, options}));
}

}  // namespace octet::ui
