#include "core/checkpoint/components.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.h"

namespace octet {

bool has_component(const Checkpoint& checkpoint, const std::string& component) {
  const auto& held = checkpoint.components();
  return std::ranges::find(held, component) != held.end();
}

void require_components(const Checkpoint& checkpoint, const std::vector<std::string>& components) {
  for (const auto& component : components)
    if (!has_component(checkpoint, component))
      throw Error(ErrorKind::input,
                  fmt::format("{} has no {}, only {}", checkpoint.path().string(), component,
                              fmt::join(checkpoint.components(), ", ")),
                  "this work needs it: use the full checkpoint");
}

}  // namespace octet
