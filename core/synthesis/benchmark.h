#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/synthesis/engine.h"

namespace octet {

/// Times of one stage under one plan over all rounds.
struct StageTiming {
  std::string stage;
  double median_seconds = 0;
  double min_seconds = 0;
  double max_seconds = 0;
  double ratio = 1;  ///< median over rounds of this plan's time by the first plan's in the same round
  std::uint64_t peak_bytes = 0;
  double min_ratio = 1, max_ratio = 1;  ///< over rounds
};

struct PlanTiming {
  std::string plan;
  int clips = 1;                   ///< made at once
  double audio_seconds = 0;        ///< of speech that they are together
  std::uint64_t weight_bytes = 0;  ///< held on the device for flow and vocoder
  /// Of all clips, in order; then "total", their sum, and "end to end" (Synthesis::seconds), which is the
  /// latency. Then, with the first number of clips and where the checkpoint can, "voice" from reference sound
  /// as long as the prompt, and "tokens" of source sound as long as the speech: 24 kHz, one channel, from
  /// ordinary memory and back to it.
  std::vector<StageTiming> stages;
  int threads = 0;  ///< of the CPU, that it was timed with
};

/// Of a stage that the plan was timed with.
const StageTiming& timing_of(const PlanTiming& plan, std::string_view stage);

struct BenchmarkRequest {
  double seconds = 3;         ///< of speech to make, and of source sound
  double prompt_seconds = 3;  ///< of the voice's prompt, and of reference sound
  int steps = 0;
  int rounds = 5;
  std::vector<int> clips = {1};  ///< numbers of clips that are made at once, each timed
};

/// Timings of all plans with the first number of clips, then with the next. Clips differ by their seeds. Runs
/// all plans in turn, round after round, so that a drift of the machine meets all of them alike; one round of
/// each to warm up is not counted. Nothing of it is taken from an engine's stages.
std::vector<PlanTiming> benchmark(const Engine& engine, const std::vector<ResolvedPlan>& plans,
                                  const BenchmarkRequest& request, const JobControl& control);

}  // namespace octet
