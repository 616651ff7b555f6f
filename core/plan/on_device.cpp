#include "core/plan/on_device.h"

#include <fmt/format.h>

#include <map>

#include "core/quant/methods.h"

namespace octet {

ResolvedPlan on_device(ResolvedPlan resolved, Device device) {
  if (device.kind == Device::Kind::cpu) return resolved;
  std::map<Method, int> kept;
  for (auto& [requested, effective, reason] : resolved.layers) {
    const auto* traits = traits_of(effective.method);
    if (effective.storage != Precision::int8 || !traits || traits->on_gpus) continue;
    ++kept[effective.method];
    reason = fmt::format("kept {}: the method {} runs on the CPU only in this version",
                         to_string(effective.base), to_string(effective.method));
    effective = floating_recipe(effective.base);
  }
  for (const auto& [method, count] : kept)
    resolved.warnings.push_back(
        fmt::format("the method {} runs on the CPU only in this version: {} not int8 here", to_string(method),
                    count == 1 ? "1 layer is" : fmt::format("{} layers are", count)));
  return resolved;
}

}  // namespace octet
