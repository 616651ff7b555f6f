#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/plan/size.h"

namespace octet {

/// What a comparison found of one plan, as a model card shows it.
struct CardMeasures {
  struct Floor {
    std::string name;       ///< such as "A, other noise"
    std::string reference;  ///< what was measured against
    std::string test;       ///< what was measured
  };
  struct Row {
    std::string measure;              ///< with its unit
    std::string better;               ///< "higher", "lower", "nearer 0"
    std::string value;                ///< mean, and its 95 % interval where there are several clips
    std::vector<std::string> floors;  ///< the same between float runs, parallel to CardMeasures::floors
  };
  std::string reference;  ///< the plan it was measured against
  int clips = 0;
  int skipped = 0;  ///< clips that could not be measured
  int steps = 0;
  std::uint64_t seed = 0;
  std::string device;
  std::vector<Floor> floors;
  std::vector<Row> rows;
};

/// Of an export, what a report has to fit.
struct MeasuredPlan {
  std::string name;
  std::string source_sha256;
  PlanSize size;  ///< of the components that the export holds
};

/// Reads what `octet compare --json` printed ("octet-report" 1), which `origin` names in errors. Throws
/// Error(input) when it is something else, of another checkpoint, has no run of that plan beside its
/// reference, or one that stores other bytes, as it was before the plan was changed.
CardMeasures read_card_measures(std::string_view json, std::string_view origin, const MeasuredPlan& plan);

}  // namespace octet
