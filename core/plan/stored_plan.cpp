#include <algorithm>
#include <array>
#include <functional>

#include "core/plan/plan.h"

namespace octet {
namespace {

/// The floating type that most stored elements have among layers for which `counts` holds; fp32 where there
/// are none.
template <typename Predicate>
Precision most_common(const LayerTable& layers, Predicate counts) {
  constexpr std::array kFloating{Precision::fp32, Precision::bf16, Precision::fp16};
  std::array<std::int64_t, kFloating.size()> elements{};
  for (const auto& layer : layers)
    for (std::size_t i = 0; i < kFloating.size(); ++i)
      if (counts(layer) && layer.type != LayerType::buffer && layer.stored == kFloating[i])
        elements[i] += layer.parameters();
  return kFloating[static_cast<std::size_t>(std::max_element(elements.begin(), elements.end()) -
                                            elements.begin())];
}

}  // namespace

PrecisionPlan stored_plan(const LayerTable& layers, const std::map<std::string, std::string>& metadata) {
  if (const auto carried = metadata.find("octet_plan"); carried != metadata.end())
    return parse_plan(carried->second, "the plan in the checkpoint (octet_plan)");

  const auto in_tokenizer = [](const Layer& layer) { return layer.component == "tokenizer"; };
  const bool has_tokenizer = std::any_of(layers.begin(), layers.end(), in_tokenizer);
  const bool has_more = !std::all_of(layers.begin(), layers.end(), in_tokenizer);

  PrecisionPlan plan{.name = "stored", .base = Precision::fp32, .rules = {}, .layers = {}};
  plan.base = has_more ? most_common(layers, std::not_fn(in_tokenizer)) : most_common(layers, in_tokenizer);
  const Choice as_stored{.precision = plan.base, .force = true, .reason = "as the checkpoint stores it"};
  if (const auto tokenizer = most_common(layers, in_tokenizer);
      has_tokenizer && (tokenizer != plan.base || tokenizer != Precision::fp32)) {
    Choice choice = as_stored;
    choice.precision = tokenizer;
    choice.force = tokenizer != Precision::fp32;
    plan.rules.push_back({.match = "tokenizer.*", .type = {}, .choice = choice});
  }
  // What the base and the tokenizer's rule do not say, layer by layer.
  const auto resolved = resolve(plan, layers);
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (resolved.layers[i].effective.storage == layers[i].stored) continue;
    Choice choice = as_stored;
    choice.precision = layers[i].stored;
    plan.layers.emplace(layers[i].name, choice);
  }
  return plan;
}

}  // namespace octet
