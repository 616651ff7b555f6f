#include "core/synthesis/benchmark.h"

#include <algorithm>

#include "core/synthesis/built_in_request.h"
#include "core/synthesis/timing_spread.h"

namespace octet {
namespace {

/// The stages, their sum, and the whole synthesis.
std::vector<StageCost> costs_of(const Synthesis& made) {
  auto costs = made.costs;
  StageCost total{"total", 0, 0};
  for (const auto& cost : made.costs) {
    total.seconds += cost.seconds;
    total.peak_bytes = std::max(total.peak_bytes, cost.peak_bytes);
  }
  costs.push_back(total);
  costs.push_back({"end to end", made.seconds, total.peak_bytes});
  return costs;
}

}  // namespace

std::vector<PlanTiming> benchmark(const Engine& engine, const std::vector<ResolvedPlan>& plans,
                                  const BenchmarkRequest& request, const JobControl& control) {
  auto spoken = built_in_request(engine, tokens_in(request.prompt_seconds), tokens_in(request.seconds));
  spoken.steps = request.steps;
  std::vector<std::shared_ptr<const BoundModel>> models;
  models.reserve(plans.size());
  for (const auto& plan : plans) models.push_back(engine.bind(plan));

  std::vector<std::vector<std::vector<StageCost>>> costs(plans.size());  // [plan][round][stage]
  for (int round = -1; round < request.rounds; ++round) {
    control.at({"timing", round + 1, request.rounds + 1});
    for (std::size_t i = 0; i < plans.size(); ++i) {
      const auto made = engine.synthesize(*models[i], spoken, {control.stop, {}});
      if (round >= 0) costs[i].push_back(costs_of(made));
    }
  }

  std::vector<PlanTiming> timings;
  for (std::size_t i = 0; i < plans.size(); ++i) {
    PlanTiming timing{plans[i].plan.name + " " + std::string(to_string(plans[i].plan.base)),
                      resident_weight_bytes(*models[i]),
                      {}};
    for (std::size_t stage = 0; stage < costs[i].front().size(); ++stage) {
      std::vector<double> seconds, ratios;
      StageTiming one{costs[i].front()[stage].stage};
      for (std::size_t round = 0; round < costs[i].size(); ++round) {
        const auto& cost = costs[i][round][stage];
        seconds.push_back(cost.seconds);
        ratios.push_back(cost.seconds / costs[0][round][stage].seconds);
        one.peak_bytes = std::max(one.peak_bytes, cost.peak_bytes);
      }
      const auto spread = spread_of(seconds);
      one.median_seconds = spread.median;
      one.min_seconds = spread.min;
      one.max_seconds = spread.max;
      one.ratio = spread_of(ratios).median;
      timing.stages.push_back(one);
    }
    timings.push_back(std::move(timing));
  }
  return timings;
}

}  // namespace octet
