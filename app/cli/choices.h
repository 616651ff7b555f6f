#pragma once

#include <string>
#include <vector>

#include "core/plan/plan.h"

namespace octet::cli {

/// Throws Error(usage) for another name than fp32, bf16, fp16 and int8.
Precision precision_of(const std::string& name);

/// Throws Error(usage) for the name of no method.
Method method_of(const std::string& name);

/// "key=value" each as one JSON object in the method's spelling, values that are no numbers, true or false as
/// texts. Throws Error(usage).
std::string method_options(const std::vector<std::string>& settings, Method method);

}  // namespace octet::cli
