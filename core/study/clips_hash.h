#pragma once

#include <string>
#include <vector>

#include "core/metrics/clip_comparison.h"

namespace octet {

/// SHA-256 of all that is asked of the clips, as hexadecimal digits: their names, requests and sounds.
std::string hash_of(const std::vector<ComparisonClip>& clips);

}  // namespace octet
