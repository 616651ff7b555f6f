#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "core/tensor/precision.h"

namespace octet {

/// How an int8 weight is made and used. Each has a row in core/quant/methods.h.
enum class Method { weight_only, dynamic, llm_int8, gptq, adaround };

std::string_view to_string(Method method);  // "weight-only", "dynamic", "llm-int8", "gptq" …
std::optional<Method> method_from(std::string_view name);

/// A layer's identity: all that decides which tensors it has and what is in them, in a file and in memory
/// alike. What keeps, compares, measures or names a layer by how it is stored goes by its recipe alone, so
/// that a new field or method needs no second place.
struct Recipe {
  Precision storage = Precision::fp32;  ///< of the weight
  /// Floating type of the layer's other tensors, such as its bias; `storage` where that is floating.
  Precision base = Precision::fp32;
  Method method = Method::weight_only;  ///< of an int8 weight; weight_only where it is floating
  std::string options = {};             ///< the method's, as compact JSON with sorted keys; empty when none

  auto operator<=>(const Recipe&) const = default;
};

/// A floating recipe: all tensors of the layer in one type.
Recipe floating_recipe(Precision type);

/// All of it in words, such as "bf16" and "int8 over bf16". Different recipes have different texts.
std::string to_string(const Recipe& recipe);

}  // namespace octet
