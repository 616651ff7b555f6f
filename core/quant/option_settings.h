#pragma once

#include <string>
#include <vector>

#include "core/tensor/recipe.h"

namespace octet {

/// A method's options, in its spelling (methods.h), from settings as people write them: "group=32",
/// "clip=mse". Throws Error(usage) for one without "=", and for what the method does not have.
std::string options_of_settings(const std::vector<std::string>& settings, Method method);

}  // namespace octet
