#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/plan/plan.h"

namespace octet {

/// Bytes of all tensors of `layer` as they are stored by `recipe`, scales of an int8 weight included.
std::uint64_t written_bytes(const Layer& layer, const Recipe& recipe);

/// What one component takes under a plan.
struct ComponentSize {
  std::string component;
  std::uint64_t bytes = 0;        ///< tensor data with scales, without the file's header
  std::int64_t parameters = 0;    ///< learned elements: neither running statistics nor fixed tables
  std::int64_t int8_weights = 0;  ///< elements held as int8
  std::int64_t int8_layers = 0;
  std::int64_t scales = 0;  ///< one per output channel of an int8 weight
};

struct PlanSize {
  std::vector<ComponentSize> components;  ///< in the order of the layer table

  ComponentSize total() const;
};

/// Sizes under `resolved`, for the named components; for all of them when none is named.
PlanSize plan_size(const LayerTable& layers, const ResolvedPlan& resolved,
                   std::span<const std::string> components = {});

}  // namespace octet
