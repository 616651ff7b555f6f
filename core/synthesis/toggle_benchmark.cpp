#include "core/synthesis/toggle_benchmark.h"

#include <fmt/format.h>

#include "core/plan/edit.h"
#include "core/synthesis/bound_model.h"
#include "core/synthesis/built_in_request.h"
#include "core/synthesis/stage_meter.h"

namespace octet {
namespace {

/// A layer's other precision, as a plan that nobody resolved yet.
struct Toggle {
  PrecisionPlan plan;
  LayerDifference difference;
};

Toggle toggle_of(const ResolvedPlan& plan, const LayerTable& layers, const std::string& name) {
  const auto found = std::ranges::find(layers, name, &Layer::name);
  if (found == layers.end())
    throw Error(ErrorKind::input, "the checkpoint has no layer " + name, "octet inspect --layers names all");
  const auto& before = plan.layers[static_cast<std::size_t>(found - layers.begin())].effective;
  const auto other = before.storage == Precision::int8 ? plan.plan.base : Precision::int8;
  auto toggled = with_choice(plan.plan, name, {.precision = other});
  const auto resolved = resolve(toggled, layers);
  const auto differing = differing_layers(layers, plan, resolved);
  if (differing.size() != 1)
    throw Error(ErrorKind::input,
                fmt::format("{} cannot be toggled: {}", name,
                            resolved.layers[static_cast<std::size_t>(found - layers.begin())].reason));
  return {std::move(toggled), differing.front()};
}

struct Click {
  double seconds = 0;
  double binding = 0;
  std::vector<std::string> reused;
};

Click click(const Engine& engine, const PrecisionPlan& plan, const SynthesisRequest& request,
            const JobControl& control) {
  const Stopwatch since;
  const auto made = engine.synthesize(*engine.bind(plan), request, control);
  Click click{since.seconds(), since.seconds() - made.seconds, {}};
  for (const auto& cost : made.costs)
    if (cost.reused) click.reused.push_back(cost.stage);
  return click;
}

}  // namespace

std::vector<std::string> layers_to_toggle(const LayerTable& layers) {
  // Protected layers stay what they are.
  PrecisionPlan unforced;
  unforced.rules.push_back({.match = "*", .choice = {.precision = Precision::int8}});
  const auto all_int8 = resolve(unforced, layers);
  std::vector<std::string> names;
  for (const std::string_view part :
       {"flow.encoder.", "flow.decoder.", "mel2wav.f0_predictor.", "mel2wav.resblocks."}) {
    const Layer* largest = nullptr;
    const auto size = [](const Layer& layer) { return element_count(layer.weight().shape); };
    for (std::size_t i = 0; i < layers.size(); ++i)
      if (layers[i].name.starts_with(part) && all_int8.layers[i].effective.storage == Precision::int8 &&
          (!largest || size(layers[i]) > size(*largest)))
        largest = &layers[i];
    if (largest) names.push_back(largest->name);
  }
  return names;
}

ToggleTimings benchmark_toggles(const Engine& engine, const ResolvedPlan& plan,
                                const std::vector<std::string>& layers, const BenchmarkRequest& request,
                                const JobControl& control) {
  auto spoken = built_in_request(engine, tokens_in(request.prompt_seconds), tokens_in(request.seconds));
  spoken.steps = request.steps;
  std::vector<Toggle> toggles;
  toggles.reserve(layers.size());
  for (const auto& layer : layers) toggles.push_back(toggle_of(plan, engine.checkpoint().layers(), layer));

  const auto model = engine.bind(plan);
  const JobControl stoppable{control.stop, {}};
  std::vector<double> wholes;
  std::vector<std::vector<Click>> clicks(layers.size());  // [layer][round]
  for (int round = -1; round < request.rounds; ++round) {
    control.at({"timing", round + 1, request.rounds + 1});
    say_other_words(engine, spoken);
    const auto whole = engine.synthesize(*model, spoken, stoppable).seconds;
    if (round >= 0) wholes.push_back(whole);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      auto one = click(engine, toggles[i].plan, spoken, stoppable);
      if (round >= 0) clicks[i].push_back(std::move(one));
    }
  }

  ToggleTimings timings{spread_of(wholes), {}};
  for (std::size_t i = 0; i < layers.size(); ++i) {
    std::vector<double> seconds, binding, ratios;
    for (std::size_t round = 0; round < wholes.size(); ++round) {
      seconds.push_back(clicks[i][round].seconds);
      binding.push_back(clicks[i][round].binding);
      ratios.push_back(clicks[i][round].seconds / wholes[round]);
    }
    const auto [from, to] = told_apart(toggles[i].difference);
    timings.toggles.push_back({layers[i], from, to, clicks[i].front().reused, spread_of(seconds),
                               spread_of(binding), spread_of(ratios).median});
  }
  return timings;
}

}  // namespace octet
