#include "core/metrics/clip_comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <optional>
#include <semaphore>
#include <thread>

#include "core/checkpoint/components.h"
#include "core/kernels/arithmetic.h"
#include "core/metrics/speaker_cosine.h"
#include "core/metrics/table.h"
#include "core/metrics/token_agreement.h"
#include "core/plan/edit.h"
#include "core/s3gen/format.h"

namespace octet {
namespace {

using s3gen::kSampleRate;

/// Waveforms that are measured at once beside a GPU; each takes some 200 MB a minute of sound.
std::ptrdiff_t measured_at_once() {
  return std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(std::thread::hardware_concurrency()), 1, 8);
}

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

  /// Made on a thread of its own while a GPU goes on speaking, on a CPU when they are asked for. What they
  /// are made of must stay until then.
  std::future<std::vector<Score>> scored(const Heard& reference, const std::vector<float>& waveform) const {
    if (engine_.device().kind == Device::Kind::cpu)
      return std::async(std::launch::deferred, [&] { return scores(reference, hear(waveform)); });
    return std::async(std::launch::async, [&] {
      free_.acquire();
      const std::unique_ptr<std::counting_semaphore<>, Release> held(&free_);
      const auto test = hear(waveform);
      use_threads(1);
      return scores(reference, test);
    });
  }

 private:
  struct Release {
    void operator()(std::counting_semaphore<>* held) const { held->release(); }
  };

  std::vector<Score> scores(const Heard& reference, const Heard& test) const {
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

  static PrecisionPlan as_stored(const Engine& engine) {
    return stored_plan(engine.checkpoint().layers(), engine.checkpoint().metadata());
  }

  const Engine& engine_;
  const JobControl& control_;
  std::shared_ptr<const BoundModel> model_;
  std::optional<const MosPredictor> predict_;
  bool hears_tokens_ = false, hears_speakers_ = false;
  mutable std::counting_semaphore<> free_{measured_at_once()};
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
  std::vector<Synthesis> spoken;
  spoken.reserve(runs_.size());  // where they are measured, they stay
  Heard reference, in_fp32;
  Synthesis bf16;
  std::vector<std::future<std::vector<Score>>> scores;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    auto request = clip.request;
    if (runs_[i].steps != 0) request.steps = runs_[i].steps;
    const auto& made = spoken.emplace_back(synthesize(*runs_[i].model, clip, runs_[i].name, request));
    result.runs.push_back({made.costs, {}, made.seconds});
    if (i == 0)
      reference = judge_->hear(made.waveform);
    else
      scores.push_back(judge_->scored(reference, made.waveform));
  }
  result.seconds = static_cast<double>(reference.waveform.size()) / kSampleRate;
  result.voice = clip.request.voice.embedding;
  result.heard = reference.embedding;
  other = other_take(clip);
  scores.push_back(judge_->scored(reference, other));
  const auto fp32 = floor_in(Precision::fp32, clip, spoken);
  in_fp32 = fp32.waveform == reference.waveform ? reference : judge_->hear(fp32.waveform);
  bf16 = floor_in(Precision::bf16, clip, spoken);
  scores.push_back(judge_->scored(in_fp32, bf16.waveform));

  for (std::size_t i = 1; i < runs_.size(); ++i) result.runs[i].scores = scores[i - 1].get();
  result.floors = {other_noise(clip.request), half_precision(clip.request)};
  for (std::size_t i = 0; i < 2; ++i) result.floors[i].scores = scores[runs_.size() - 1 + i].get();
  if (clip.request.keep_stages) result.floors[1].errors = step_errors(fp32.stages, bf16.stages);
  for (auto& run : spoken) waveforms.push_back(std::move(run.waveform));
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

FloatFloor ClipComparison::other_noise(const SynthesisRequest& request) const {
  const auto& run = runs_.front();
  return {run.name + ", other noise",
          {},
          request.noise.empty() ? fmt::format("{}, seed {}", run.name, request.seed)
                                : fmt::format("{}, the draws that were captured", run.name),
          fmt::format("{}, seed {}", run.name, request.seed + 1)};
}

FloatFloor ClipComparison::half_precision(const SynthesisRequest& request) {
  const auto said = [&](const char* precision) {
    return request.noise.empty() ? fmt::format("every layer in {}, seed {}", precision, request.seed)
                                 : fmt::format("every layer in {}, the draws that were captured", precision);
  };
  return {"bf16 against fp32", {}, said("fp32"), said("bf16")};
}

Synthesis ClipComparison::floor_in(Precision precision, const ComparisonClip& clip,
                                   const std::vector<Synthesis>& spoken) const {
  const auto model = engine_.bind(preset("all-base", precision, /*include_tokenizer=*/false));
  // What a run has spoken already need not be spoken again.
  for (std::size_t i = 0; i < runs_.size(); ++i)
    if (runs_[i].steps == 0 && same_computation(resolved_plan(*runs_[i].model), resolved_plan(*model)))
      return spoken[i];
  return synthesize(*model, clip, "floor", clip.request);
}

}  // namespace octet
