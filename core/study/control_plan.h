#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/study/validation.h"

namespace octet {

/// A plan that is bad on purpose and that a validation has to find, as one that calls all plans good might
/// call this one so, too: every layer in bf16, but those of the vocoder's ResBlocks, or else of the
/// estimator's feed-forward, whose weights are int8 and clipped at their 60th percentile, which no ear
/// forgives. Empty where the checkpoint stores both in int8, of which nothing can be clipped.
std::optional<StudyPlan> control_plan(const LayerTable& layers);

/// It comes last of `plans`. Where there is none, that is a warning: a sentence, else nothing.
std::vector<std::string> add_control(std::vector<StudyPlan>& plans, const LayerTable& layers);

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
