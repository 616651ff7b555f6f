#include "core/study/stage_seconds.h"

#include <algorithm>

#include "core/study/damage.h"
#include "core/synthesis/request_check.h"
#include "core/synthesis/stage_keys.h"
#include "core/synthesis/stage_meter.h"

namespace octet {
namespace {

constexpr std::size_t index_of(StudyStage stage) { return static_cast<std::size_t>(stage); }

StageRuns runs(std::initializer_list<StudyStage> stages) {
  StageRuns made{};
  for (const auto stage : stages) made[index_of(stage)] = 1;
  return made;
}

/// What it takes to speak something that no stage cache knows: with another token first.
std::vector<StageCost> costs_anew(const Engine& engine, const BoundModel& model, SynthesisRequest request,
                                  const JobControl& control) {
  for (std::int64_t token = 0;; ++token) {
    request.tokens.front() = token;
    auto costs = engine.synthesize(model, request, control).costs;
    if (std::ranges::none_of(costs, &StageCost::reused) || token + 1 == engine.vocabulary()) return costs;
  }
}

StudyStage stage_called(const std::string& name) {
  if (name == "encoder") return StudyStage::encoder;
  return name == "flow" ? StudyStage::flow : StudyStage::vocoder;
}

/// What `work` takes the second time, when it prepares nothing any more.
template <typename Work>
double seconds_of(const Work& work) {
  work();
  const Stopwatch took;
  work();
  return took.seconds();
}

}  // namespace

std::string_view to_string(StudyStage stage) {
  switch (stage) {
    case StudyStage::tokens: return "tokens";
    case StudyStage::voice: return "voice";
    case StudyStage::encoder: return "encoder";
    case StudyStage::flow: return "flow";
    case StudyStage::vocoder: return "vocoder";
  }
  return {};
}

StageRuns runs_for(const Layer& layer) {
  switch (damage_kind(layer)) {
    case DamageKind::tokens: return runs({StudyStage::tokens, StudyStage::encoder, StudyStage::flow});
    case DamageKind::voice: return runs({StudyStage::voice});
    case DamageKind::spectrum: return runs({StudyStage::vocoder});
    case DamageKind::mel: break;
  }
  return stage_of(layer) == LayerStage::encoder ? runs({StudyStage::encoder, StudyStage::flow})
                                                : runs({StudyStage::flow});
}

StageSeconds measured_stages(const Engine& engine, const BoundModel& model,
                             const std::vector<ComparisonClip>& clips, const StageRuns& needed,
                             const JobControl& control) {
  const auto length = [](const ComparisonClip* clip) { return frames_of(clip->request); };
  std::vector<const ComparisonClip*> by_length;
  double frames = 0;
  for (const auto& clip : clips) {
    by_length.push_back(&clip);
    frames += static_cast<double>(length(&clip));
  }
  std::ranges::stable_sort(by_length, {}, length);
  const auto& clip = *by_length.at(by_length.size() / 2);

  const auto needs = [&](StudyStage stage) { return needed[index_of(stage)] > 0; };
  StageSeconds seconds{};
  if (needs(StudyStage::flow) || needs(StudyStage::vocoder)) {
    auto request = clip.request;
    if (!needs(StudyStage::vocoder)) request.last_stage = LastStage::mel;
    for (const auto& cost : costs_anew(engine, model, request, control))
      seconds[index_of(stage_called(cost.stage))] += cost.seconds;
  }
  if (clip.sound && needs(StudyStage::tokens))
    seconds[index_of(StudyStage::tokens)] =
        seconds_of([&] { (void)engine.tokenize(model, *clip.sound, control); });
  if (clip.sound && needs(StudyStage::voice))
    seconds[index_of(StudyStage::voice)] =
        seconds_of([&] { (void)engine.embed(model, *clip.sound, control); });
  const auto share = frames / static_cast<double>(clips.size()) / static_cast<double>(length(&clip));
  for (auto& one : seconds) one *= share;
  return seconds;
}

}  // namespace octet
