#pragma once

#include <string>
#include <vector>

#include "core/synthesis/benchmark.h"
#include "core/synthesis/timing_spread.h"

namespace octet {

/// What it takes to hear one layer at another precision.
struct ToggleTiming {
  std::string layer;
  std::string from, to;             ///< what the plan and the toggled one make of it
  std::vector<std::string> reused;  ///< stages that did not have to be computed again
  TimingSpread seconds;             ///< from the click to samples in ordinary memory
  TimingSpread binding;             ///< of these: resolving and binding the plan, making the layer's weight
  double ratio = 1;  ///< median over rounds of `seconds` by those of the whole in the same round
};

struct ToggleTimings {
  TimingSpread whole_seconds;  ///< a synthesis of which no stage was there
  std::vector<ToggleTiming> toggles;
};

/// The largest layer of encoder, flow, pitch and vocoder that may be int8.
std::vector<std::string> layers_to_toggle(const LayerTable& layers);

/// In each round other words are spoken under `plan`, whole; then, each from there, with one of `layers` int8
/// where it was not, and in the plan's base type where it was. One round to warm up is not counted. The
/// engine needs a stage cache, as the window has one. Throws Error(input) for a layer that there is not or
/// that a plan does not change.
ToggleTimings benchmark_toggles(const Engine& engine, const ResolvedPlan& plan,
                                const std::vector<std::string>& layers, const BenchmarkRequest& request,
                                const JobControl& control);

}  // namespace octet
