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

void require_speech(const Checkpoint& checkpoint) {
  if (checkpoint.variant() != Variant::cosyvoice2) return;
  throw Error(
      ErrorKind::input,
      fmt::format("{} is a part of CosyVoice2, whose sound source is another: no speech can be made from it",
                  checkpoint.path().string()),
      "inspect, plan, export and verify work; to hear a plan, use a checkpoint of Chatterbox's S3Gen");
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
