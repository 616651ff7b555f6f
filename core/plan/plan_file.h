#pragma once

#include <string>
#include <vector>

#include "core/plan/plan.h"

namespace octet {

/// A rule as one line of a plan file, without indentation or comma.
std::string rule_line(const Rule& rule);
/// An override as one line of a plan file: "name": {…}.
std::string override_line(const std::string& layer, const Choice& choice);

}  // namespace octet
