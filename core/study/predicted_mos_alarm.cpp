#include "core/study/predicted_mos_alarm.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/study/take_spread.h"

namespace octet {
namespace {

constexpr double kFalseAlarms = 0.05;

/// Networks that predict, by what they say of a plan: the score, and its change over the reference's.
struct Predictor {
  std::string_view name, score, change;
};
constexpr std::array kPredictors{
    Predictor{"DNSMOS", "predicted_mos_overall", "predicted_mos_change"},
    Predictor{"DistillMOS", "predicted_mos_distilled", "predicted_mos_distilled_change"}};

/// Means over the clips that it was asked of.
struct Changes {
  double plan = 0, floor = 0;
  int clips = 0;
};

/// NaN where it was not measured.
double value_of(std::string_view measure, const std::vector<Score>& scores) {
  const auto found = std::ranges::find(scores, measure, &Score::measure);
  return found == scores.end() ? std::nan("") : found->value;
}

Changes changes_by(const Predictor& predictor, std::span<const PairedScores> clips) {
  Changes mean;
  for (const auto& clip : clips) {
    const double of_plan = value_of(predictor.change, clip.plan),
                 of_floor = value_of(predictor.change, clip.floor);
    if (std::isnan(of_plan) || std::isnan(of_floor)) continue;
    mean.plan += of_plan;
    mean.floor += of_floor;
    ++mean.clips;
  }
  mean.plan /= mean.clips;
  mean.floor /= mean.clips;
  return mean;
}

std::string said_of(const Changes& changes, std::string_view predictor) {
  return fmt::format("by {:+.2f} in the mean of {} as {} predicts it, by other noise alone by {:+.2f}",
                     changes.plan, changes.clips == 1 ? "one clip" : fmt::format("{} clips", changes.clips),
                     predictor, changes.floor);
}

}  // namespace

std::optional<std::string> predicted_mos_alarm(std::string_view plan, std::span<const PairedScores> clips,
                                               int plans) {
  std::vector<std::pair<const Predictor*, Changes>> asked;
  for (const auto& predictor : kPredictors)
    if (const auto changes = changes_by(predictor, clips); changes.clips > 0)
      asked.emplace_back(&predictor, changes);
  std::vector<std::string> falls;
  for (const auto& [predictor, changes] : asked) {
    // Of the score, not its change: both are against one reference, which makes no difference.
    const double spread = take_spread(predictor->score) / std::sqrt(changes.clips);
    const double least = spreads_to_tell(kFalseAlarms, plans * static_cast<int>(asked.size())) * spread;
    if (changes.plan < 0 && changes.floor - changes.plan > least)
      falls.push_back(said_of(changes, predictor->name));
  }
  if (falls.empty()) return {};
  return fmt::format(
      "{}: the predicted MOS changes {}: listen to it; this is a network's guess, and no part of a verdict",
      plan, fmt::join(falls, ", and "));
}

std::vector<std::string> predicted_mos_alarms(const Report& report) {
  std::vector<std::string> alarms;
  const auto plans = static_cast<int>(report.runs.size()) - 1;
  for (std::size_t run = 1; run < report.runs.size(); ++run)
    if (auto alarm = predicted_mos_alarm(report.runs[run].name, paired_scores(report, run), plans))
      alarms.push_back(std::move(*alarm));
  return alarms;
}

}  // namespace octet
