#pragma once

#include <QString>
#include <cstdint>
#include <vector>

#include "core/study/verdict.h"
#include "ui/measures/scored_run.h"

namespace octet::ui {

/// What the measures of a run come to, for who wants to know whether it can be shipped.
struct Conclusion {
  Standing standing = Standing::unknown;  ///< the worst of its measures
  QString text;                           ///< plain sentences; empty where nothing was measured

  bool operator==(const Conclusion&) const = default;
};

/// `moments`: where it differs most, seconds, worst first. Without floors there is no verdict, and that is
/// said.
Conclusion verdict_of(const ScoredRun& run, const std::vector<double>& moments);

/// How clips were spoken that are judged together: another number of steps may get another verdict.
struct JudgedClips {
  int count = 0;
  int steps = 0;
  std::uint64_t seed = 0;
};

/// What all clips together come to, as `octet validate` judges it; `run` is its name. Of fewer than
/// kFewestClips (core/study/bootstrap.h) there is none, and that is said.
Conclusion verdict_of_all(const QString& run, const Judgement& judgement, const JudgedClips& clips,
                          double error);

}  // namespace octet::ui
