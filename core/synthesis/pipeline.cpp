#include "core/synthesis/pipeline.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/kernels/arithmetic.h"
#include "core/s3gen/format.h"
#include "core/synthesis/finite_outputs.h"
#include "core/synthesis/host_tensors.h"
#include "core/synthesis/request_check.h"
#include "core/synthesis/stage_meter.h"

namespace octet {
namespace {

/// Views of a request's values, which must live longer.
at::Tensor floats(const std::vector<float>& values, at::IntArrayRef shape) {
  return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat);
}

at::Tensor ids(const std::vector<std::int64_t>& values) { return at::tensor(values, at::kLong).unsqueeze(0); }

}  // namespace

Pipeline::Pipeline(const BoundModel& model, const SynthesisRequest& request, int steps, StageCache& cache,
                   const Run& run, const JobControl& control)
    : request_(request),
      steps_(steps),
      cache_(cache),
      run_(run),
      control_(control),
      device_(model.device()),
      flow_(model.flow()),
      vocoder_(model.vocoder()),
      keys_(cache.keeps_anything() ? stage_keys(request, steps, model.checkpoint().layers(), model.resolved(),
                                                describe_arithmetic())
                                   : StageKeys()) {}

Synthesis Pipeline::synthesize() {
  // Noise of a wrong shape is refused before any work.
  if (!cache_.find(keys_.flow) || !cache_.find(keys_.source)) noise();
  if (request_.keep_stages)
    result_.stages = {{"speech_tokens", to_host(speech_tokens())},
                      {"prompt_token", to_host(prompt_token())},
                      {"prompt_feat", to_host(prompt_feat())},
                      {"embedding", to_host(embedding())}};
  const auto mel = solve(encode());
  result_.mel = std::get<0>(to_host(mel).values);
  result_.waveform = std::get<0>(to_host(vocode(mel, excite(mel))).values);
  control_.at({"vocoder", 10, 10});
  return std::move(result_);
}

/// Its output; from the cache where that has all that is asked for. `make(seen)` may add to `seen` what else
/// of the stage is to be seen.
template <typename Make>
at::Tensor Pipeline::stage(const Stage& stage, const Make& make) {
  HostTensors host;
  at::Tensor output;
  {
    StageMeter meter(stage.name, device_, result_.costs);
    if (const auto kept = cache_.find(stage.key);
        kept && kept->contains(request_.keep_stages ? stage.last_seen : stage.output)) {
      control_.at({stage.name, 1, 1});
      // A copy, aligned like every other tensor, so that what is computed from it is the same to the bit.
      output =
          to_torch(kept->at(stage.output)).to(run_.device, at::kFloat, /*non_blocking=*/false, /*copy=*/true);
      if (request_.keep_stages) result_.stages.insert(kept->begin(), kept->end());
      meter.note_reuse();
      return output;
    }
    output = make(host).contiguous();
    synchronize(device_);
  }
  check_arithmetic();
  finite(output, stage.name);
  if (request_.keep_stages || cache_.keeps_anything()) host[stage.output] = to_host(output);
  if (request_.keep_stages) result_.stages.insert(host.begin(), host.end());
  if (cache_.keeps_anything()) cache_.keep(stage.key, std::move(host));
  return output;
}

at::Tensor Pipeline::encode() {
  return stage({"encoder", keys_.encoder, "encoder_out", "encoder_out"}, [&](HostTensors&) {
    control_.at({"encoder", 0, 1});
    return flow_.encode(at::cat({prompt_token(), speech_tokens()}, 1).to(run_.device), run_);
  });
}

at::Tensor Pipeline::solve(const at::Tensor& mu) {
  return stage({"flow", keys_.flow, "mel", "mel_step_1"}, [&](HostTensors& seen) {
    const auto condition = at::constant_pad_nd(prompt_feat().to(run_.device),
                                               {0, 0, 0, frames_of(request_) - prompt_frames_of(request_)})
                               .transpose(1, 2);
    control_.at({"flow", 0, steps_});
    const auto& [begin, tail] = noise().flow.get();
    const s3gen::FlowNoise there{begin.to(run_.device), tail.defined() ? tail.to(run_.device) : at::Tensor()};
    const auto speaker = flow_.project_speaker(embedding().to(run_.device), run_);
    const auto all = flow_.solve(there, mu.transpose(1, 2).contiguous(), speaker, condition, steps_, run_,
                                 [&](int step, const at::Tensor& state) {
                                   if (request_.keep_stages)
                                     seen["mel_step_" + std::to_string(step + 1)] = to_host(state);
                                   control_.at({"flow", step + 1, steps_});
                                 });
    return all.slice(2, prompt_frames_of(request_));
  });
}

at::Tensor Pipeline::excite(const at::Tensor& mel) {
  return stage({"source", keys_.source, "source", "f0"}, [&](HostTensors& seen) {
    const auto f0 = finite(vocoder_.f0(mel, run_), "f0");
    if (request_.keep_stages) seen["f0"] = to_host(f0);
    if (const auto given = request_.noise.find("source"); given != request_.noise.end())
      return to_torch(given->second).to(run_.device);
    const auto& [phase, hiss] = noise().source.get();
    const auto there = [&](const at::Tensor& t) {
      return t.to(run_.device, at::kFloat, /*non_blocking=*/true);
    };
    return vocoder_.source(f0, {there(phase), there(hiss)}, run_);
  });
}

at::Tensor Pipeline::vocode(const at::Tensor& mel, const at::Tensor& source) {
  return stage({"vocoder", keys_.vocoder, "waveform", "waveform"}, [&](HostTensors&) {
    int done = 0;
    return s3gen::fade_in(vocoder_.decode(mel, source, run_, [&] {
      control_.at({"vocoder", std::min(done++, 9), 10});
    }));
  });
}

const Noise& Pipeline::noise() {
  if (!noise_)
    noise_ = draw_noise(request_.seed, request_.generator,
                        {.frames = frames_of(request_),
                         .output_tokens = static_cast<std::int64_t>(request_.tokens.size()),
                         .samples = (frames_of(request_) - prompt_frames_of(request_)) * s3gen::kHop,
                         .waves = vocoder_.waves(),
                         .meanflow = flow_.estimator().meanflow()},
                        request_.noise, run_.device);
  return *noise_;
}

at::Tensor Pipeline::prompt_token() const { return ids(request_.voice.prompt_token); }

at::Tensor Pipeline::speech_tokens() const { return ids(request_.tokens); }

at::Tensor Pipeline::prompt_feat() const {
  return floats(request_.voice.prompt_feat, {1, prompt_frames_of(request_), s3gen::kMelBands});
}

at::Tensor Pipeline::embedding() const {
  return floats(request_.voice.embedding, {1, static_cast<std::int64_t>(request_.voice.embedding.size())});
}

}  // namespace octet
