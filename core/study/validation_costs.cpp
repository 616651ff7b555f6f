#include "core/study/validation_costs.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/metrics/text_table.h"

namespace octet {
namespace {

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace

std::vector<StageCost> stage_costs(const Validation& validation, std::size_t run) {
  std::vector<StageCost> costs;
  if (validation.clips.empty()) return costs;
  costs = validation.clips.front().costs.at(run);
  for (std::size_t stage = 0; stage < costs.size(); ++stage) {
    std::vector<double> seconds;
    for (const auto& clip : validation.clips) {
      const auto& cost = clip.costs.at(run).at(stage);
      seconds.push_back(cost.seconds);
      costs[stage].peak_bytes = std::max(costs[stage].peak_bytes, cost.peak_bytes);
    }
    costs[stage].seconds = median(std::move(seconds));
  }
  return costs;
}

std::string costs_table(const Validation& validation) {
  std::vector<std::vector<std::string>> rows{{"plan"}};
  for (std::size_t run = 0; run <= validation.subject.plans.size(); ++run) {
    const auto costs = stage_costs(validation, run);
    rows.push_back({run == 0 ? "reference" : validation.subject.plans[run - 1].name});
    std::uint64_t peak = 0;
    for (const auto& cost : costs) {
      if (run == 0) rows[0].push_back(cost.stage + ", ms");
      rows.back().push_back(fmt::format("{:.1f}", 1e3 * cost.seconds));
      peak = std::max(peak, cost.peak_bytes);
    }
    rows.back().push_back(fmt::format("{:.0f}", static_cast<double>(peak) / 1e6));
  }
  rows[0].push_back("peak, MB");
  return "What stages took: medians over clips, and the highest peak of memory\n\n" + align_columns(rows, 1);
}

}  // namespace octet
