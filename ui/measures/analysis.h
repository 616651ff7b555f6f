#pragma once

#include <vector>

#include "core/metrics/step_errors.h"
#include "core/metrics/worst_moments.h"
#include "core/progress.h"
#include "ui/runs/run.h"

namespace octet::ui {

/// What one run shows beside the reference of its clip.
struct RunAnalysis {
  std::vector<StageError> errors;  ///< empty for the reference, and where stages were not kept
  std::vector<Moment> moments;     ///< worst first; empty for the reference
  std::vector<double> floors;      ///< dBFS, of noise_floor_bands(); NaN without pauses
};

/// What all runs of one clip show.
struct Analysis {
  std::vector<RunAnalysis> runs;  ///< in the order of Runs
};

/// Takes some 10 ms per run and second of sound: for a lane, not for the window's thread.
Analysis analyse(const Runs& runs, const JobControl& control);

}  // namespace octet::ui
