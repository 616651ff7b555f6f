#pragma once

#include <string_view>

#include "core/tensor/layer.h"

namespace octet {

/// What may be done with a layer's weight unless the plan forces it.
enum class Protection {
  none,
  no_int8,          ///< any floating type
  no_int8_or_fp16,  ///< fp32 or bf16
  fp32_only,
};

/// What a layer is for, as far as precision is concerned. Told from its type and its position in upstream's
/// model.
struct LayerRole {
  Protection protection = Protection::none;
  std::string_view
      why;  ///< why the seed policy keeps it: a clause that reads after "kept fp32:" and "although"
};

/// The role of `layer`. A layer in no known position has no protection, and its reason says that it is
/// unknown.
LayerRole role_of(const Layer& layer);

/// Whether the protection lets a weight be `precision`.
bool permits(Protection protection, Precision precision);

/// The floating type nearest to `base` that the protection permits.
Precision nearest_permitted(Protection protection, Precision base);

}  // namespace octet
