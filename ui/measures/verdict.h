#pragma once

#include <QString>
#include <vector>

#include "ui/measures/scored_run.h"

namespace octet::ui {

/// What the measures of a run come to, for who wants to know whether it can be shipped.
struct Verdict {
  Standing standing = Standing::unknown;  ///< the worst of its measures
  QString text;                           ///< plain sentences; empty where nothing was measured
};

/// `moments`: where it differs most, seconds, worst first. Without floors there is no verdict, and that is
/// said.
Verdict verdict_of(const ScoredRun& run, const std::vector<double>& moments);

}  // namespace octet::ui
