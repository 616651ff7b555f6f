#include "core/study/predicted_mos_alarm.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/study/take_spread.h"

namespace octet {
namespace {

constexpr double kFalseAlarms = 0.05;
constexpr std::string_view kChange = "predicted_mos_change";

/// NaN where it was not measured.
double value_of(std::string_view measure, const std::vector<Score>& scores) {
  const auto found = std::ranges::find(scores, measure, &Score::measure);
  return found == scores.end() ? std::nan("") : found->value;
}

}  // namespace

std::optional<std::string> predicted_mos_alarm(std::string_view plan, std::span<const PairedScores> clips,
                                               int plans) {
  double change = 0, by_noise = 0;
  int count = 0;
  for (const auto& clip : clips) {
    const double of_plan = value_of(kChange, clip.plan), of_floor = value_of(kChange, clip.floor);
    if (std::isnan(of_plan) || std::isnan(of_floor)) continue;
    change += of_plan;
    by_noise += of_floor;
    ++count;
  }
  if (count == 0) return {};
  change /= count;
  by_noise /= count;
  // Of the score, not its change: both are against one reference, which makes no difference.
  const double spread = take_spread("predicted_mos_overall") / std::sqrt(count);
  if (change >= 0 || by_noise - change <= spreads_to_tell(kFalseAlarms, plans) * spread) return {};
  return fmt::format(
      "{}: the predicted MOS changes by {:+.2f} in the mean of {}, by other noise alone by {:+.2f}: listen "
      "to "
      "it; this is a network's guess, and no part of a verdict",
      plan, change, count == 1 ? "one clip" : fmt::format("{} clips", count), by_noise);
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
