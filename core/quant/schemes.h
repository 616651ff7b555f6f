#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/tensor/layer.h"
#include "core/tensor/recipe.h"

namespace octet {

/// Recipes of layers by name, as an export states them under "octet_layers" (docs/formats.md).
using Schemes = std::map<std::string, Recipe>;

/// Compact JSON with sorted keys. parse_schemes(format_schemes(s)) == s.
std::string format_schemes(const Schemes& schemes);

/// Throws Error(input) where `json` is no such text, or names what this version does not have.
Schemes parse_schemes(std::string_view json);

}  // namespace octet
