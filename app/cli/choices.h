#pragma once

#include <string>

#include "core/plan/plan.h"

namespace octet::cli {

/// Throws Error(usage) for another name than fp32, bf16, fp16 and int8.
Precision precision_of(const std::string& name);

/// Throws Error(usage) for the name of no method.
Method method_of(const std::string& name);

}  // namespace octet::cli
