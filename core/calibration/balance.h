#pragma once

#include <optional>
#include <string_view>

namespace octet {

/// What a call of a layer, which of the flow is a step with both halves of guidance, counts for among the
/// others.
enum class CalibrationBalance {
  rows,   ///< each row once, as it occurs: calls with large inputs weigh more
  calls,  ///< each call by how many rows it has, whatever the size of its inputs
};

std::string_view to_string(CalibrationBalance balance);  // "rows", "calls"
std::optional<CalibrationBalance> balance_from(std::string_view name);

}  // namespace octet
