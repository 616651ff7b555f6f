#include "core/study/validation_sounds.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace octet {
namespace {

/// How far a clip is on the way from the floor, 0, to broken, 1, by the plan and measure that are furthest;
/// the control is far on all.
double nearness(const ValidatedClip& clip, const ValidationSubject& subject) {
  double furthest = -std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < clip.plans.size(); ++i) {
    if (subject.plans[i].is_control) continue;
    for (const auto& threshold : subject.thresholds.measures)
      if (const double worse = worse_than_floor(threshold.measure, clip.plans[i], clip.floor);
          std::isfinite(worse))
        furthest = std::max(furthest, worse / std::max(threshold.broken, 1e-9));
  }
  return furthest;
}

}  // namespace

std::vector<std::string> worst_first(const Validation& validation) {
  std::multimap<double, std::string, std::greater<>> ranked;
  for (const auto& clip : validation.clips) ranked.emplace(nearness(clip, validation.subject), clip.name);
  std::vector<std::string> names;
  names.reserve(ranked.size());
  for (const auto& [worst, name] : ranked) names.push_back(name);
  return names;
}

std::vector<SpokenClip> speak_worst(const Engine& engine, const Validation& validation,
                                    const std::vector<ComparisonClip>& clips, std::size_t count,
                                    const JobControl& control) {
  const auto& layers = engine.checkpoint().layers();
  const auto bind = [&](const PrecisionPlan& plan) {
    return engine.bind(resolve(plan, layers, validation.calibration));
  };
  const auto reference = bind(preset("all-base", Precision::fp32, /*include_tokenizer=*/false));
  auto names = worst_first(validation);
  names.resize(std::min(names.size(), count));
  const auto each = static_cast<int>(validation.subject.plans.size()) + 2;
  int spoken = 0;
  const auto speak = [&](const BoundModel& model, const SynthesisRequest& request) {
    if (control.report)
      control.report({"speaking for the report", spoken++, each * static_cast<int>(names.size())});
    return engine.synthesize(model, request, {control.stop, {}}).waveform;
  };
  std::vector<SpokenClip> all;
  for (const auto& name : names) {
    const auto& request = std::ranges::find(clips, name, &ComparisonClip::name)->request;
    auto other_noise = request;
    other_noise.seed += 1;
    other_noise.noise.clear();
    SpokenClip clip{name, speak(*reference, request), speak(*reference, other_noise), {}};
    for (const auto& plan : validation.subject.plans) {
      auto planned = request;
      if (plan.steps != 0) planned.steps = plan.steps;
      clip.plans.push_back(speak(*bind(plan.plan), planned));
    }
    all.push_back(std::move(clip));
  }
  return all;
}

}  // namespace octet
