#include <ATen/ATen.h>

#include <cmath>
#include <limits>

#include "core/kernels/torch_types.h"
#include "core/s3gen/format.h"
#include "core/study/risk.h"
#include "core/study/risk_blame.h"
#include "core/study/risk_clips.h"
#include "core/synthesis/host_tensors.h"
#include "core/synthesis/noise.h"

namespace octet {
namespace {

constexpr double kVoicedAboveHz = 10;  // as the source has it (core/s3gen/harmonic_source.h)

/// A clip's mel, f0 and source by fp32, and the waveform made of them.
struct Sung {
  at::Tensor mel, f0, source, waveform;
  at::Tensor given_source;  ///< undefined where f0 makes it
  s3gen::SourceNoise noise;
};

at::Tensor decode(const BoundModel& model, const at::Tensor& mel, const at::Tensor& source, const Run& run) {
  return model.vocoder().decode(mel, source, run, [](double) {})[0];
}

Sung sing(const RiskModels& models, SynthesisRequest request, const Run& run, const JobControl& control) {
  request.keep_stages = true;
  const auto stages = models.speak(*models.reference, request, control).stages;
  const auto stage = [&](const char* name) { return to_torch(stages.at(name)).to(run.device).clone(); };
  Sung sung{stage("mel"), stage("f0"), stage("source"), {}, {}, {}};
  if (const auto given = request.noise.find("source"); given != request.noise.end())
    sung.given_source = to_torch(given->second).to(run.device).clone();
  const auto noise = draw_noise(request.seed, request.generator,
                                {.frames = to_torch(stages.at("encoder_out")).size(1),
                                 .output_tokens = static_cast<std::int64_t>(request.tokens.size()),
                                 .samples = sung.mel.size(2) * s3gen::kHop,
                                 .waves = models.reference->vocoder().waves(),
                                 .meanflow = models.reference->flow().estimator().meanflow()},
                                request.noise, run.device)
                         .source.get();
  sung.noise = {noise.phase.to(run.device, at::kFloat), noise.noise.to(run.device, at::kFloat)};
  sung.waveform = decode(*models.reference, sung.mel, sung.source, run);
  return sung;
}

/// Over all clips.
struct Sums {
  double squares = 0;  ///< of cents
  std::int64_t both = 0, one = 0, frames = 0;
  double own_source = 0, fp32_source = 0;
};

void add_f0(Sums& sums, const at::Tensor& right, const at::Tensor& test) {
  const auto voiced = right > kVoicedAboveHz, voiced_now = test > kVoicedAboveHz;
  const auto both = voiced.logical_and(voiced_now);
  const auto ratio = test.masked_select(both).to(at::kDouble) / right.masked_select(both).to(at::kDouble);
  sums.squares += (ratio.log2() * 1200).pow(2).sum().item<double>();
  sums.both += ratio.numel();
  sums.one += voiced.logical_xor(voiced_now).sum().item<std::int64_t>();
  sums.frames += right.numel();
}

std::vector<double> values(const at::Tensor& t) {
  const auto here = t.to(at::kCPU, at::kDouble).contiguous();
  return {here.data_ptr<double>(), here.data_ptr<double>() + here.numel()};
}

/// Frame by frame, NaN where one of them is not voiced.
std::vector<double> cents(const at::Tensor& right, const at::Tensor& test) {
  const auto voiced = (right > kVoicedAboveHz).logical_and(test > kVoicedAboveHz);
  const auto off = (test.to(at::kDouble) / right.to(at::kDouble)).log2() * 1200;
  return values(at::where(voiced, off, std::numeric_limits<double>::quiet_NaN()));
}

/// The f0 that the model gives.
at::Tensor add(Sums& sums, const BoundModel& model, const Sung& sung, const Run& run) {
  auto f0 = model.vocoder().f0(sung.mel, run);
  add_f0(sums, sung.f0, f0);
  const auto own =
      sung.given_source.defined() ? sung.given_source : model.vocoder().source(f0, sung.noise, run);
  sums.own_source += relative_error(sung.waveform, decode(model, sung.mel, own, run));
  sums.fp32_source += relative_error(sung.waveform, decode(model, sung.mel, sung.source, run));
  return f0;
}

PitchRisk::Errors errors(const Sums& sums, std::size_t clips) {
  const auto share = 1 / static_cast<double>(clips);
  return {sums.both > 0 ? std::sqrt(sums.squares / static_cast<double>(sums.both))
                        : std::numeric_limits<double>::quiet_NaN(),
          static_cast<double>(sums.one) / static_cast<double>(sums.frames), share * sums.own_source,
          share * sums.fp32_source};
}

}  // namespace

PitchRisk risk_of_pitch(const Engine& engine, const ResolvedPlan& plan,
                        const std::vector<ComparisonClip>& clips, const JobControl& control) {
  const RiskModels models(engine, plan);
  const Run run{.device = torch_device(engine.device()), .stop = control.stop};
  Sums planned, half;
  PitchRisk risk;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    control.at({"pitch", static_cast<int>(i), static_cast<int>(clips.size())});
    const auto sung = sing(models, clips[i].request, run, control);
    const auto f0 = add(planned, *models.plan, sung, run), f0_in_half = add(half, *models.bf16, sung, run);
    if (i > 0) continue;
    risk.course = {clips[i].name, values(at::where(sung.f0 > kVoicedAboveHz, sung.f0, 0.0)),
                   cents(sung.f0, f0), cents(sung.f0, f0_in_half)};
    risk.blamed = blame(models, "mel2wav.f0_predictor.", control, [&](const BoundModel& model) {
      return relative_error(sung.f0, model.vocoder().f0(sung.mel, run));
    });
  }
  risk.plan = errors(planned, clips.size());
  risk.bf16 = errors(half, clips.size());
  return risk;
}

}  // namespace octet
