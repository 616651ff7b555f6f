#pragma once

#include <optional>
#include <vector>

#include "core/plan/glob.h"
#include "core/plan/plan_difference.h"

namespace octet {

/// Which rule of a plan is the last that says something of a layer.
class DecidingRules {
 public:
  /// `plan` outlives this.
  explicit DecidingRules(const PrecisionPlan& plan);

  /// Its place among the rules; none: the base decides, or the layer's own override.
  std::optional<std::size_t> rule(const Layer& layer) const;
  Decider decider(const Layer& layer) const;

 private:
  const PrecisionPlan& plan_;
  std::vector<Glob> globs_;
};

}  // namespace octet
