#pragma once

#include <optional>
#include <string>

#include "core/checkpoint/checkpoint.h"
#include "core/study/validation.h"

namespace octet {

/// A plan that is bad on purpose and that a validation has to find, as one that calls all plans good might
/// call this one so, too: every layer in bf16, but those of the vocoder's ResBlocks, or else of the
/// estimator's feed-forward, whose weights are int8 and clipped at their 60th percentile, which no ear
/// forgives. Empty where the checkpoint stores both in int8, of which nothing can be clipped.
std::optional<StudyPlan> control_plan(const LayerTable& layers);

/// What has to be known where there is none.
inline constexpr auto kNoControl =
    "there is no control: what could be made bad on purpose is stored in int8, so that nothing shows that "
    "these "
    "clips and measures would find a broken plan";

/// What came of the control.
struct ControlOutcome {
  std::string plan;
  bool found = false;     ///< it was judged broken
  bool could_be = false;  ///< there were clips enough for such a verdict
  std::string said;       ///< a sentence
};

/// Empty where nothing was judged yet, or there is no control.
std::optional<ControlOutcome> control_outcome(const Validation& validation);

}  // namespace octet
