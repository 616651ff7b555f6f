#include "core/calibration/balance.h"

namespace octet {

std::string_view to_string(CalibrationBalance balance) {
  return balance == CalibrationBalance::rows ? "rows" : "calls";
}

std::optional<CalibrationBalance> balance_from(std::string_view name) {
  for (const auto balance : {CalibrationBalance::rows, CalibrationBalance::calls})
    if (to_string(balance) == name) return balance;
  return {};
}

}  // namespace octet
