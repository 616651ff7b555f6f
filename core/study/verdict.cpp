#include "core/study/verdict.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/metrics/table.h"
#include "core/study/bootstrap.h"

namespace octet {
namespace {

double value_of(const std::vector<Score>& scores, std::string_view measure) {
  const auto found = std::ranges::find(scores, measure, &Score::measure);
  return found == scores.end() ? std::numeric_limits<double>::quiet_NaN() : found->value;
}

/// How much worse `plan` is than `floor`, in the measure's unit.
double worse(Better better, double plan, double floor) {
  switch (better) {
    case Better::lower: return plan - floor;
    case Better::higher: return floor - plan;
    case Better::nearer_zero: return std::abs(plan) - std::abs(floor);
  }
  return 0;
}

Finding find(std::span<const PairedScores> clips, const Threshold& threshold, double inaudible_error,
             double broken_error) {
  std::vector<double> differences;
  for (const auto& clip : clips) {
    const auto difference = worse_than_floor(threshold.measure, clip.plan, clip.floor);
    if (std::isfinite(difference)) differences.push_back(difference);
  }
  constexpr auto kNone = std::numeric_limits<double>::quiet_NaN();
  const auto count = static_cast<int>(differences.size());
  if (count == 0) return {threshold.measure, 0, kNone, kNone, kNone};
  const BootstrapMeans means(differences);
  Finding finding{threshold.measure, count, means.mean(), means.quantile(0.025), means.quantile(0.975)};
  if (count < kFewestClips) return finding;
  if (means.quantile(1 - inaudible_error) < threshold.inaudible)
    finding.verdict = Verdict::no_audible_change;
  else if (means.quantile(broken_error) > threshold.broken)
    finding.verdict = Verdict::broken;
  return finding;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::no_audible_change: return "no-audible-change";
    case Verdict::listen: return "listen";
    case Verdict::broken: return "broken";
  }
  return {};
}

std::vector<PairedScores> paired_scores(const Report& report, std::size_t run) {
  std::vector<PairedScores> pairs;
  for (const auto& clip : report.clips)
    if (run < clip.runs.size() && !clip.floors.empty())
      pairs.push_back({clip.runs[run].scores, clip.floors.front().scores});
  return pairs;
}

double worse_than_floor(std::string_view measure, const std::vector<Score>& plan,
                        const std::vector<Score>& floor) {
  return worse(measure_called(measure).better, value_of(plan, measure), value_of(floor, measure));
}

Judgement judge(std::span<const PairedScores> clips, const Thresholds& thresholds, int plans) {
  const double error = thresholds.error / plans;
  Judgement judgement;
  for (const auto& threshold : thresholds.measures)
    judgement.findings.push_back(
        find(clips, threshold, error, error / static_cast<double>(thresholds.measures.size())));
  const auto is = [](Verdict verdict) {
    return [verdict](const Finding& finding) { return finding.verdict == verdict; };
  };
  if (std::ranges::any_of(judgement.findings, is(Verdict::broken)))
    judgement.verdict = Verdict::broken;
  else if (std::ranges::all_of(judgement.findings, is(Verdict::no_audible_change)))
    judgement.verdict = Verdict::no_audible_change;
  return judgement;
}

}  // namespace octet
