#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/plan/plan.h"

namespace octet {

/// What a validation says of an export's plan, as a model card shows it.
struct CardVerdict {
  std::string verdict;  ///< "no-audible-change", "listen", "broken"
  std::string said;     ///< in words, with its reach
  int clips = 0;        ///< that were judged
  std::string octet_version;
  std::string sha256;  ///< of the result file
  /// Whether the same test found a plan that is bad on purpose; nullopt: none was judged.
  std::optional<bool> control_found = {};
};

/// Reads the result of `octet validate` ("octet-validation" 1), which `origin` names in errors. Throws
/// Error(input) when it is something else, is not done, is of another checkpoint, or has no plan that does
/// the same as this one by as many steps as the rest, or has it with another calibration.
/// `calibration_sha256` is empty where the plan takes none.
CardVerdict read_card_verdict(std::string_view json, std::string_view origin, const PrecisionPlan& plan,
                              std::string_view source_sha256, std::string_view calibration_sha256);

}  // namespace octet
