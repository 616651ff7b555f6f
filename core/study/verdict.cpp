#include "core/study/verdict.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/metrics/table.h"
#include "core/study/bootstrap.h"
#include "core/study/take_spread.h"

namespace octet {
namespace {

constexpr auto kNoScore = std::numeric_limits<double>::quiet_NaN();

double value_of(const std::vector<Score>& scores, std::string_view measure) {
  const auto found = std::ranges::find(scores, measure, &Score::measure);
  return found == scores.end() ? kNoScore : found->value;
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

/// Of what is defined.
template <typename Value>
std::vector<double> values_of(std::span<const PairedScores> clips, const Value& value) {
  std::vector<double> values;
  values.reserve(clips.size());
  for (const auto& clip : clips)
    if (const double one = value(clip); std::isfinite(one)) values.push_back(one);
  return values;
}

/// Errors of one plan and measure.
struct Allowed {
  double inaudible = 0;
  double broken = 0;
};

/// Intervals narrow with the root of the number of clips.
int clips_needed(const BootstrapMeans& worse, const Threshold& threshold, Allowed error, int clips) {
  const bool within = worse.mean() < threshold.inaudible;
  if (!within && worse.mean() <= threshold.broken) return 0;
  const double reach = within ? worse.quantile(1 - error.inaudible) - worse.mean()
                              : worse.mean() - worse.quantile(error.broken);
  const double room = within ? threshold.inaudible - worse.mean() : worse.mean() - threshold.broken;
  const double needed = std::ceil(clips * std::pow(reach / room, 2));
  return static_cast<int>(std::clamp(needed, static_cast<double>(kFewestClips), 1e6));
}

/// From the spread of paired differences, whose means are taken as normal.
double detectable_by(const std::vector<double>& differences, double mean, double error) {
  const auto count = static_cast<double>(differences.size());
  if (count < 2) return kNoScore;
  double squares = 0;
  for (const double difference : differences) squares += (difference - mean) * (difference - mean);
  constexpr double kMissed = 0.2;
  return (spreads_to_tell(error, 1) + spreads_to_tell(kMissed, 1)) * std::sqrt(squares / (count - 1) / count);
}

/// How far scores are from those of the reference against itself.
double change_of(std::span<const PairedScores> clips, const std::string& measure,
                 std::vector<Score> PairedScores::*scores) {
  const double same = score_of_itself(measure_called(measure));
  const auto sizes = values_of(
      clips, [&](const PairedScores& clip) { return std::abs(value_of(clip.*scores, measure) - same); });
  return sizes.empty() ? kNoScore
                       : std::accumulate(sizes.begin(), sizes.end(), 0.0) / static_cast<double>(sizes.size());
}

Finding find(std::span<const PairedScores> clips, const Threshold& threshold, Allowed error) {
  const auto& measure = threshold.measure;
  const auto differences = values_of(
      clips, [&](const PairedScores& clip) { return worse_than_floor(measure, clip.plan, clip.floor); });
  const auto count = static_cast<int>(differences.size());
  if (count == 0) return {measure, 0, kNoScore, kNoScore, kNoScore, kNoScore};
  const BootstrapMeans worse(differences);
  Finding finding{measure, count, worse.mean(), worse.quantile(0.025), worse.quantile(0.975)};
  bool not_less = true, far_less = false;
  if (threshold.two_sided) {
    const BootstrapMeans score(
        values_of(clips, [&](const PairedScores& clip) { return value_of(clip.plan, measure); }));
    error.broken /= 2;
    finding.least = score.quantile(0.025);
    not_less = score.quantile(error.inaudible) > -threshold.inaudible;
    far_less = score.quantile(1 - error.broken) < -threshold.broken;
  }
  if (count >= kFewestClips && worse.quantile(1 - error.inaudible) < threshold.inaudible && not_less)
    finding.verdict = Verdict::no_audible_change;
  else if (count >= kFewestClips && (worse.quantile(error.broken) > threshold.broken || far_less))
    finding.verdict = Verdict::broken;
  else if (not_less)
    finding.clips_needed = clips_needed(worse, threshold, error, count);
  finding.detectable = detectable_by(differences, worse.mean(), error.inaudible);
  finding.change = change_of(clips, measure, &PairedScores::plan);
  finding.floor_change = change_of(clips, measure, &PairedScores::floor);
  finding.cannot_tell = finding.verdict == Verdict::no_audible_change && threshold.inaudible > 0 &&
                        finding.change > threshold.inaudible;
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
        find(clips, threshold, {error, error / static_cast<double>(thresholds.measures.size())}));
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
