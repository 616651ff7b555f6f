#pragma once

#include <string>
#include <string_view>

#include "core/tensor/input_rounding.h"

namespace octet {

/// What the method dynamic lets a plan choose (docs/formats.md, "Dynamic").
struct DynamicOptions {
  ActivationScales scales = ActivationScales::per_tensor;

  bool operator==(const DynamicOptions&) const = default;
};

/// As parse_weight_only_options.
DynamicOptions parse_dynamic_options(std::string_view json);
/// As for WeightOnlyOptions.
std::string format_options(const DynamicOptions& options);

}  // namespace octet
