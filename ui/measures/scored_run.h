#pragma once

#include <QString>
#include <QStringList>
#include <string>
#include <vector>

#include "core/metrics/report.h"
#include "ui/measures/standing.h"

namespace octet::ui {

/// Of about so great a share of clips something is said to be beyond other noise that is not.
inline constexpr double kFalseAlarms = 0.05;

/// One number beside its floors.
struct ScoredMeasure {
  const Measure* measure = nullptr;
  double value = 0;
  std::vector<double> floors;  ///< in the order of ScoredRun::floors; NaN where there is none
  Standing standing = Standing::unknown;
  double limit = 0;  ///< up to which it is not beyond; NaN where there are no floors
  double used = 0;   ///< of what it may be worse than the first floor: 1 at the limit; 0 where none is known

  bool judged() const { return measure->group != MeasureGroup::predicted; }
};

/// One run of one clip against the reference.
struct ScoredRun {
  std::string clip;  ///< ClipResult::name, the clip's alone (clip_called)
  int run = 0;       ///< index in Report::runs
  QString name, plan, reference;
  QStringList floors;                   ///< their names, in an order that all clips have
  std::vector<ScoredMeasure> measures;  ///< in the order of the table of measures

  /// Without what is predicted, which says nothing of a run by itself.
  int count(Standing standing) const;
  /// nullptr when it was not measured.
  const ScoredMeasure* find(std::string_view id) const;
};

/// Worst first: most measures beyond their floors, then most that cannot be told, then the larger
/// log-spectral distance.
bool ranks_before(const ScoredRun& first, const ScoredRun& second);

/// All runs but the reference of all clips, worst first.
std::vector<ScoredRun> scored_runs(const Report& report);
/// Of one clip of that report, whose other clips are not looked at.
std::vector<ScoredRun> scored_runs(const Report& report, const ClipResult& clip);

/// Three digits that matter, four where it is a cosine: "2.00", "18.9", "0.9978"; "–" where it is not
/// defined.
QString value_text(const Measure& measure, double value);

/// Up to where a value may go: "≤ 2.00", "≥ 0.990", "± 0.10", which says also what is better.
QString limit_text(const Measure& measure, double limit);

/// A line per clip, run and measure; RFC 4180. Values in full, empty where they are not defined.
QString to_csv(const Report& report);

}  // namespace octet::ui
