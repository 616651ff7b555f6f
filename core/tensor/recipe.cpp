#include "core/tensor/recipe.h"

#include <fmt/format.h>

#include <array>

namespace octet {
namespace {

constexpr std::array<std::string_view, 5> kNames{"weight-only", "dynamic", "llm-int8", "gptq", "adaround"};

}  // namespace

std::string_view to_string(Method method) { return kNames[static_cast<std::size_t>(method)]; }

std::optional<Method> method_from(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Method>(i);
  return std::nullopt;
}

Recipe floating_recipe(Precision type) { return {.storage = type, .base = type}; }

std::string to_string(const Recipe& recipe) {
  const auto& [storage, base, method, options] = recipe;  // all fields: a new one does not compile
  std::string text(to_string(storage));
  if (method != Method::weight_only) text += fmt::format(" {}", to_string(method));
  if (!options.empty()) text += ' ' + options;
  if (base != storage) text += fmt::format(" over {}", to_string(base));
  return text;
}

}  // namespace octet
