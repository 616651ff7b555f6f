#pragma once

#include <string>
#include <vector>

#include "core/study/auto_plan.h"

namespace octet {

/// "format": "octet-auto-plan", "version": 1: how many layers, bytes, and damages by kind. Keys in a fixed
/// order.
std::string to_json(const AutoPlan& made, const std::vector<std::string>& warnings);

/// The same in words.
std::string to_text(const AutoPlan& made);

}  // namespace octet
