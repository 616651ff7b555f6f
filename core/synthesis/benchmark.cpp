#include "core/synthesis/benchmark.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>

#include <algorithm>

#include "core/checkpoint/components.h"
#include "core/error.h"
#include "core/s3gen/format.h"
#include "core/synthesis/built_in_request.h"
#include "core/synthesis/stage_meter.h"
#include "core/synthesis/timing_spread.h"

namespace octet {
namespace {

/// The stages of clips made at once, their sum, and the whole synthesis.
std::vector<StageCost> costs_of(const std::vector<Synthesis>& made) {
  auto costs = made.front().costs;
  StageCost total{"total", 0, 0};
  for (std::size_t stage = 0; stage < costs.size(); ++stage) {
    auto& cost = costs[stage];
    cost.seconds = 0;
    for (const auto& clip : made) {
      if (clip.costs[stage].reused)
        throw Error(ErrorKind::check_failed, cost.stage + " was not timed: the engine had kept it");
      cost.seconds += clip.costs[stage].seconds;
      cost.peak_bytes = std::max(cost.peak_bytes, clip.costs[stage].peak_bytes);
    }
    total.seconds += cost.seconds;
    total.peak_bytes = std::max(total.peak_bytes, cost.peak_bytes);
  }
  costs.push_back(total);
  costs.push_back({"end to end", made.front().seconds, total.peak_bytes});
  return costs;
}

/// From samples in ordinary memory to results there, where the checkpoint has the components for it.
std::vector<StageCost> conditioning_costs(const Engine& engine, const BoundModel& model,
                                          const Sound& reference, const Sound& source,
                                          const JobControl& control) {
  std::vector<StageCost> costs;
  const auto& checkpoint = engine.checkpoint();
  if (!has_component(checkpoint, "tokenizer")) return costs;
  if (has_component(checkpoint, "speaker_encoder")) {
    const StageMeter meter("voice", engine.device(), costs);
    (void)engine.condition(model, reference, control);
  }
  const StageMeter meter("tokens", engine.device(), costs);
  (void)engine.tokenize(model, source, control);
  return costs;
}

/// Medians and ratios of one plan. costs: [plan][round][stage]
void add_timings(const std::vector<std::vector<std::vector<StageCost>>>& costs, std::size_t plan,
                 std::vector<StageTiming>& timings) {
  for (std::size_t stage = 0; stage < costs[plan].front().size(); ++stage) {
    std::vector<double> seconds, ratios;
    StageTiming one{costs[plan].front()[stage].stage};
    for (std::size_t round = 0; round < costs[plan].size(); ++round) {
      const auto& cost = costs[plan][round][stage];
      seconds.push_back(cost.seconds);
      ratios.push_back(cost.seconds / costs[0][round][stage].seconds);
      one.peak_bytes = std::max(one.peak_bytes, cost.peak_bytes);
    }
    const auto spread = spread_of(seconds);
    one.median_seconds = spread.median;
    one.min_seconds = spread.min;
    one.max_seconds = spread.max;
    const auto by_round = spread_of(ratios);
    one.ratio = by_round.median;
    one.min_ratio = by_round.min;
    one.max_ratio = by_round.max;
    timings.push_back(one);
  }
}

}  // namespace

const StageTiming& timing_of(const PlanTiming& plan, std::string_view stage) {
  return *std::ranges::find(plan.stages, stage, &StageTiming::stage);
}

std::vector<PlanTiming> benchmark(const Engine& engine, const std::vector<ResolvedPlan>& plans,
                                  const BenchmarkRequest& request, const JobControl& control) {
  auto spoken = built_in_request(engine, tokens_in(request.prompt_seconds), tokens_in(request.seconds));
  spoken.steps = request.steps;
  std::vector<std::shared_ptr<const BoundModel>> models;
  models.reserve(plans.size());
  for (const auto& plan : plans) models.push_back(engine.bind(plan));

  const JobControl stoppable{control.stop, {}};
  const auto in_turn = [&](const std::string& what, const auto& costs_of_one) {
    std::vector<std::vector<std::vector<StageCost>>> costs(plans.size());  // [plan][round][stage]
    for (int round = -1; round < request.rounds; ++round) {
      control.at({what, round + 1, request.rounds + 1});
      for (std::size_t i = 0; i < plans.size(); ++i) {
        auto cost = costs_of_one(*models[i]);
        if (round >= 0) costs[i].push_back(std::move(cost));
      }
    }
    return costs;
  };
  std::vector<PlanTiming> timings;
  for (const int count : request.clips) {
    std::vector<SynthesisRequest> clips(static_cast<std::size_t>(count), spoken);
    for (std::size_t i = 0; i < clips.size(); ++i) clips[i].seed = i;
    const auto what = count == 1 ? std::string("timing speech") : fmt::format("timing {} clips", count);
    const auto costs = in_turn(what, [&](const BoundModel& model) {
      for (auto& clip : clips) say_other_words(engine, clip);
      return costs_of(engine.synthesize(model, clips, stoppable));
    });
    for (std::size_t i = 0; i < plans.size(); ++i) {
      timings.push_back({plans[i].plan.name + " " + std::string(to_string(plans[i].plan.base)),
                         count,
                         count * static_cast<double>(spoken.tokens.size()) / s3gen::kTokensPerSecond,
                         resident_weight_bytes(*models[i]),
                         {},
                         at::get_num_threads()});
      add_timings(costs, i, timings.back().stages);
    }
  }
  const auto reference = built_in_sound(request.prompt_seconds), source = built_in_sound(request.seconds);
  const auto voice_costs = in_turn("timing voices", [&](const BoundModel& model) {
    return conditioning_costs(engine, model, reference, source, stoppable);
  });
  for (std::size_t i = 0; i < plans.size(); ++i) add_timings(voice_costs, i, timings[i].stages);
  return timings;
}

}  // namespace octet
