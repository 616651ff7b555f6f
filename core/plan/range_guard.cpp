#include "core/plan/range_guard.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/checkpoint/calibration.h"
#include "core/quant/dynamic_options.h"
#include "core/tensor/layer_kinds.h"

namespace octet {
namespace {

constexpr float kLargestHalf = 65504, kHeadroom = 4;
/// The least step that a scale for a whole input has: 255 of them reach from 0 to the largest input.
constexpr float kSteps = 255;
constexpr std::size_t kMostNames = 8;

bool computes_in_fp16(const Recipe& recipe) {
  return (recipe.storage == Precision::int8 ? recipe.base : recipe.storage) == Precision::fp16;
}

bool has_one_scale(const Recipe& recipe) {
  return recipe.storage == Precision::int8 && recipe.method == Method::dynamic &&
         parse_dynamic_options(recipe.options).scales == ActivationScales::per_tensor;
}

std::string listed(const std::vector<std::string>& names) {
  const auto shown = std::min(names.size(), kMostNames);
  auto text =
      fmt::format("{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

}  // namespace

bool depends_on_range(const Recipe& recipe) { return computes_in_fp16(recipe) || has_one_scale(recipe); }

std::vector<std::string> range_warnings(const LayerTable& layers, const ResolvedPlan& resolved) {
  if (!resolved.calibration) return {};
  std::vector<std::string> narrow, coarse, unknown;
  int unheard = 0;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto& recipe = resolved.layers[i].effective;
    if (!layers[i].quantizable() || layers[i].type == LayerType::embedding || !depends_on_range(recipe))
      continue;
    const auto& name = layers[i].name;
    const auto* range = resolved.calibration->range_of(name);
    if (!range) {
      if (is_calibrated(layers[i]))
        unknown.push_back(name);
      else
        ++unheard;
      continue;
    }
    if (computes_in_fp16(recipe) && range->largest > kLargestHalf / kHeadroom)
      narrow.push_back(fmt::format("{} ({:.0f})", name, range->largest));
    if (has_one_scale(recipe) && range->middle < range->largest / kSteps)
      coarse.push_back(fmt::format("{} (largest {:.3g}, half of the channels under {:.3g})", name,
                                   range->largest, range->middle));
  }
  std::vector<std::string> warnings;
  if (!narrow.empty())
    warnings.push_back(fmt::format(
        "fp16 ends at 65504, and inputs came near or beyond it: {}; use bf16 or fp32 there", listed(narrow)));
  if (!coarse.empty())
    warnings.push_back(fmt::format(
        "dynamic with one scale leaves half of the channels within one step: {}; give scales=token there",
        listed(coarse)));
  if (!unknown.empty())
    warnings.push_back(
        fmt::format("{} has nothing of layers whose inputs may not fit how they are stored: {}",
                    resolved.calibration->name(), listed(unknown)));
  if (unheard > 0)
    warnings.push_back(
        fmt::format("inputs may not fit how layers are stored outside flow and vocoder, where no calibration "
                    "listens (layers: {})",
                    unheard));
  return warnings;
}

}  // namespace octet
