#include <array>

#include "core/plan/plan.h"

namespace octet {
namespace {

constexpr std::array<std::string_view, 4> kNames{"weight-only", "dynamic", "llm-int8", "gptq"};

}  // namespace

std::string_view to_string(Method method) { return kNames[static_cast<std::size_t>(method)]; }

std::optional<Method> method_from(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (kNames[i] == name) return static_cast<Method>(i);
  return std::nullopt;
}

}  // namespace octet
