#include "core/metrics/clip_comparison.h"

#include <fmt/format.h>

#include <optional>

#include "core/checkpoint/components.h"
#include "core/metrics/speaker_cosine.h"
#include "core/metrics/table.h"
#include "core/metrics/token_agreement.h"
#include "core/plan/edit.h"
#include "core/s3gen/format.h"

namespace octet {
namespace {

using s3gen::kSampleRate;

/// Whether two plans come to the same computation.
bool same_computation(const ResolvedPlan& a, const ResolvedPlan& b) {
  return a.plan.base == b.plan.base && same_effect(a, b);
}

}  // namespace

/// A waveform, what the model hears in it, empty where the checkpoint cannot, and what listeners would say.
struct ClipComparison::Heard {
  std::vector<float> waveform;
  std::vector<float> embedding;
  std::vector<std::int64_t> tokens;
  PredictedMos mos;  ///< where it is predicted
};

/// Measures one waveform against another; embeddings and tokens where the checkpoint can make them.
class ClipComparison::Judge {
 public:
  Judge(const Engine& engine, const JobControl& control, Predictions predictions)
      : engine_(engine), control_(control), model_(engine.bind(as_stored(engine))) {
    if (predictions == Predictions::made) predict_.emplace();
    hears_tokens_ = has_component(engine.checkpoint(), "tokenizer");
    hears_speakers_ = hears_tokens_ && has_component(engine.checkpoint(), "speaker_encoder");
  }

  Heard hear(const std::vector<float>& waveform) const {
    const Sound sound{kSampleRate, 1, waveform};
    Heard heard{waveform, {}, {}, {}};
    if (hears_speakers_) heard.embedding = engine_.condition(*model_, sound, {}).embedding;
    if (hears_tokens_) heard.tokens = engine_.tokenize(*model_, sound, {});
    if (predict_) heard.mos = (*predict_)(waveform, kSampleRate, control_);
    return heard;
  }

  std::vector<Score> scores(const Heard& reference, const std::vector<float>& waveform) const {
    const auto test = hear(waveform);
    std::vector<Score> all;
    for (const auto& measure : measures()) {
      const bool predicted = measure.group == MeasureGroup::predicted;
      if (predicted && !predict_) continue;
      double value = 0;
      if (measure.compute)
        value = measure.compute(reference.waveform, test.waveform, kSampleRate);
      else if (predicted)
        value = predicted_score(measure.id, reference.mos, test.mos);
      else if (measure.id == "token_agreement")
        value = token_agreement(reference.tokens, test.tokens);
      else
        value = speaker_cosine(reference.embedding, test.embedding);
      all.push_back({std::string(measure.id), value});
    }
    return all;
  }

 private:
  static PrecisionPlan as_stored(const Engine& engine) {
    return stored_plan(engine.checkpoint().layers(), engine.checkpoint().metadata());
  }

  const Engine& engine_;
  const JobControl& control_;
  std::shared_ptr<const BoundModel> model_;
  std::optional<const MosPredictor> predict_;
  bool hears_tokens_ = false, hears_speakers_ = false;
};

ClipComparison::ClipComparison(const Engine& engine, const std::vector<PlannedRun>& runs,
                               const JobControl& control, Predictions predictions)
    : engine_(engine),
      judge_(std::make_unique<const Judge>(engine, control, predictions)),
      control_(control) {
  runs_.reserve(runs.size());
  for (const auto& run : runs) runs_.push_back({run.name, engine.bind(run.plan), run.steps});
}

ClipComparison::~ClipComparison() = default;

ClipComparison::Compared ClipComparison::operator()(const ComparisonClip& clip) const {
  Compared compared;
  auto& [result, waveforms, other] = compared;
  result.name = clip.name;
  Heard reference;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    auto request = clip.request;
    if (runs_[i].steps != 0) request.steps = runs_[i].steps;
    auto made = synthesize(*runs_[i].model, clip, runs_[i].name, request);
    result.runs.push_back(
        {made.costs, i == 0 ? std::vector<Score>() : judge_->scores(reference, made.waveform), made.seconds});
    if (i == 0) reference = judge_->hear(made.waveform);
    waveforms.push_back(std::move(made.waveform));
  }
  result.seconds = static_cast<double>(waveforms[0].size()) / kSampleRate;
  other = other_take(clip);
  result.floors = {other_noise(clip, reference, other), half_precision(clip, waveforms)};
  return compared;
}

Synthesis ClipComparison::synthesize(const BoundModel& model, const ComparisonClip& clip,
                                     const std::string& who, const SynthesisRequest& request) const {
  const JobControl named{
      control_.stop, [&](const Progress& progress) {
        if (control_.report)
          control_.report({clip.name + ", " + who + ": " + progress.stage, progress.done, progress.total});
      }};
  return engine_.synthesize(model, request, named);
}

std::vector<float> ClipComparison::other_take(const ComparisonClip& clip) const {
  auto request = clip.request;
  request.seed += 1;
  request.noise.clear();  // given draws would be the same again
  return synthesize(*runs_.front().model, clip, "floor", request).waveform;
}

FloatFloor ClipComparison::other_noise(const ComparisonClip& clip, const Heard& reference,
                                       const std::vector<float>& take) const {
  const auto& run = runs_.front();
  return {run.name + ", other noise", judge_->scores(reference, take),
          clip.request.noise.empty() ? fmt::format("{}, seed {}", run.name, clip.request.seed)
                                     : fmt::format("{}, the draws that were captured", run.name),
          fmt::format("{}, seed {}", run.name, clip.request.seed + 1)};
}

FloatFloor ClipComparison::half_precision(const ComparisonClip& clip,
                                          const std::vector<std::vector<float>>& waveforms) const {
  // What a run has spoken already need not be spoken again.
  const auto speak = [&](Precision precision) {
    const auto model = engine_.bind(preset("all-base", precision, /*include_tokenizer=*/false));
    for (std::size_t i = 0; i < runs_.size(); ++i)
      if (runs_[i].steps == 0 && same_computation(resolved_plan(*runs_[i].model), resolved_plan(*model)))
        return waveforms[i];
    return synthesize(*model, clip, "floor", clip.request).waveform;
  };
  const auto said = [&](const char* precision) {
    return clip.request.noise.empty()
               ? fmt::format("every layer in {}, seed {}", precision, clip.request.seed)
               : fmt::format("every layer in {}, the draws that were captured", precision);
  };
  return {"bf16 against fp32", judge_->scores(judge_->hear(speak(Precision::fp32)), speak(Precision::bf16)),
          said("fp32"), said("bf16")};
}

}  // namespace octet
