#include "ui/measures/scored_run.h"

#include <QLocale>
#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <tuple>

#include "core/study/take_spread.h"
#include "core/study/thresholds.h"
#include "ui/language/tr.h"
#include "ui/measures/measure_names.h"

namespace octet::ui {
namespace {

double value_of(const std::vector<Score>& scores, std::string_view id) {
  const auto found = std::ranges::find(scores, id, &Score::measure);
  return found == scores.end() ? std::numeric_limits<double>::quiet_NaN() : found->value;
}

/// So many scores stand beside other noise; of runs that are judged at once, predictions left out.
int looked_at(const ClipResult& clip) {
  if (clip.floors.empty()) return 0;
  const auto& floor = clip.floors.front().scores;
  int count = 0;
  for (std::size_t i = 1; i < clip.runs.size(); ++i)
    count += static_cast<int>(std::ranges::count_if(clip.runs[i].scores, [&](const Score& score) {
      return measure_called(score.measure).group != MeasureGroup::predicted && !std::isnan(score.value) &&
             !std::isnan(value_of(floor, score.measure));
    }));
  return count;
}

auto rank(const ScoredRun& run) {
  const auto* distance = run.find("log_spectral_distance");
  return std::tuple(-run.count(Standing::beyond), -run.count(Standing::untold),
                    distance ? -badness(*distance->measure, distance->value) : 0.0);
}

QString quoted(const QString& text) {
  if (!text.contains(QLatin1Char(',')) && !text.contains(QLatin1Char('"')) &&
      !text.contains(QLatin1Char('\n')))
    return text;
  return QLatin1Char('"') + QString(text).replace(QLatin1Char('"'), QLatin1String("\"\"")) + QLatin1Char('"');
}

/// By how much a measure may be worse without being heard; 0 where verdicts are not given by it.
double inaudible(std::string_view measure) {
  static const auto thresholds = read_thresholds(thresholds_file());
  const auto found = std::ranges::find(thresholds.measures, measure, &Threshold::measure);
  return found == thresholds.measures.end() ? 0 : found->inaudible;
}

/// By how much it is worse than other noise; minus infinity where that is not known.
double worse_than_first(const ScoredMeasure& scored) {
  return scored.floors.empty() || std::isnan(scored.floors.front())
             ? -std::numeric_limits<double>::infinity()
             : badness(*scored.measure, scored.value) - badness(*scored.measure, scored.floors.front());
}

QString exact(double value) { return std::isnan(value) ? QString() : QString::number(value, 'g', 9); }

}  // namespace

int ScoredRun::count(Standing standing) const {
  return static_cast<int>(std::ranges::count_if(
      measures, [&](const auto& scored) { return scored.judged() && scored.standing == standing; }));
}

const ScoredMeasure* ScoredRun::find(std::string_view id) const {
  const auto found = std::ranges::find_if(measures, [&](const auto& m) { return m.measure->id == id; });
  return found == measures.end() ? nullptr : &*found;
}

bool ranks_before(const ScoredRun& first, const ScoredRun& second) { return rank(first) < rank(second); }

std::vector<ScoredRun> scored_runs(const Report& report, const ClipResult& clip) {
  std::vector<ScoredRun> runs;
  const double spreads = spreads_to_tell(kFalseAlarms, std::max(1, looked_at(clip)));
  for (std::size_t i = 1; i < clip.runs.size() && i < report.runs.size(); ++i) {
    ScoredRun run{clip.name,
                  static_cast<int>(i),
                  QString::fromStdString(report.runs[i].name),
                  QString::fromStdString(report.runs[i].plan),
                  QString::fromStdString(report.runs[0].name),
                  {},
                  {}};
    for (const auto& floor : clip.floors) run.floors << QString::fromStdString(floor.name);
    for (const auto& measure : measures()) {
      const auto& scores = clip.runs[i].scores;
      if (std::ranges::find(scores, measure.id, &Score::measure) == scores.end()) continue;
      ScoredMeasure scored{&measure, value_of(scores, measure.id), {}, {}, 0};
      for (const auto& floor : clip.floors) scored.floors.push_back(value_of(floor.scores, measure.id));
      const Margin margin{spreads * take_spread(measure.id), inaudible(measure.id)};
      scored.standing = standing(measure, scored.value, scored.floors, margin);
      scored.limit = limit(measure, scored.floors, margin.most());
      if (const double worse = worse_than_first(scored); worse > 0 && margin.most() > 0)
        scored.used = worse / margin.most();
      run.measures.push_back(std::move(scored));
    }
    runs.push_back(std::move(run));
  }
  std::ranges::stable_sort(runs, ranks_before);
  return runs;
}

std::vector<ScoredRun> scored_runs(const Report& report) {
  std::vector<ScoredRun> all;
  for (const auto& clip : report.clips) std::ranges::move(scored_runs(report, clip), std::back_inserter(all));
  std::ranges::stable_sort(all, ranks_before);
  return all;
}

QString value_text(const Measure& measure, double value) {
  if (std::isnan(value)) return QStringLiteral("–");
  constexpr int kOfOne = 4;
  const auto written = [value](int decimals) {
    const bool nothing = std::abs(value) < 0.5 * std::pow(10, -decimals);  // nobody reads -0.00
    return QLocale().toString(nothing ? 0 : value, 'f', decimals);
  };
  if (measure.unit.empty()) return written(std::min(measure.decimals, kOfOne));
  const double size = std::max(1.0, std::abs(value));
  const int before = static_cast<int>(std::floor(std::log10(size))) + 1;
  return written(std::clamp(3 - before, 0, measure.decimals));
}

QString limit_text(const Measure& measure, double limit) {
  if (std::isnan(limit)) return value_text(measure, limit);
  auto value = value_text(measure, limit);
  switch (measure.better) {
    case Better::lower: return QStringLiteral("≤ ") + value;
    case Better::higher: return QStringLiteral("≥ ") + value;
    case Better::nearer_zero: return QStringLiteral("± ") + value;
  }
  return value;
}

QString to_csv(const Report& report) {
  QStringList floors;
  const auto runs = scored_runs(report);
  for (const auto& run : runs)
    if (run.floors.size() > floors.size()) floors = run.floors;
  QStringList header{"clip", "run", "plan", "against", "measure", "unit", "better", "value"};
  for (const auto& floor : floors) header << "floor: " + floor;
  header << "standing";

  QString csv;
  const auto add = [&](QStringList cells) {
    for (auto& cell : cells) cell = quoted(cell);
    csv += cells.join(QLatin1Char(',')) + QLatin1String("\r\n");
  };
  add(header);
  for (const auto& run : runs) {
    for (const auto& scored : run.measures) {
      QStringList row{text(run.clip),
                      run.name,
                      run.plan,
                      run.reference,
                      text(scored.measure->name),
                      text(scored.measure->unit),
                      text(to_string(scored.measure->better)),
                      exact(scored.value)};
      for (std::size_t floor = 0; std::cmp_less(floor, floors.size()); ++floor)
        row << (floor < scored.floors.size() ? exact(scored.floors[floor]) : QString());
      add(row << words(scored.standing));
    }
  }
  return csv;
}

}  // namespace octet::ui
