#include "core/quant/methods.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/quant/dynamic_options.h"
#include "core/quant/outlier_options.h"
#include "core/quant/weight_only_options.h"

namespace octet {
namespace {

template <auto parse>
std::string spelled(std::string_view options) {
  return format_options(parse(options));
}

std::string takes_all(const Layer&) { return {}; }

template <Method method>
std::string takes_products(const Layer& layer) {
  if (layer.type != LayerType::linear && layer.type != LayerType::conv1d)
    return fmt::format("{} is for Linear and Conv1d, not {}", to_string(method), to_string(layer.type));
  if (layer.type == LayerType::conv1d && layer.weight().shape[1] == 1)
    return "its channels are convolved one by one: there is no product of integers to gain from";
  return {};
}

constexpr std::array kMethods{
    MethodTraits{Method::weight_only, spelled<parse_weight_only_options>, takes_all},
    MethodTraits{Method::dynamic, spelled<parse_dynamic_options>, takes_products<Method::dynamic>,
                 /*rounds_inputs=*/true},
    MethodTraits{Method::llm_int8, spelled<parse_outlier_options>, takes_products<Method::llm_int8>,
                 /*rounds_inputs=*/true},
};

}  // namespace

const MethodTraits* traits_of(Method method) {
  const auto* found = std::ranges::find(kMethods, method, &MethodTraits::method);
  return found == kMethods.end() ? nullptr : found;
}

bool rounds_inputs(const Recipe& recipe) {
  const auto* traits = traits_of(recipe.method);
  return recipe.storage == Precision::int8 && traits && traits->rounds_inputs;
}

std::string spelled_options(Method method, std::string_view options) {
  const auto* traits = traits_of(method);
  return traits ? traits->spelled(options) : std::string(options);
}

}  // namespace octet
