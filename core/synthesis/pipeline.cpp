#include "core/synthesis/pipeline.h"

#include <ATen/ATen.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

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

/// Clips as one batch: [1, …, frames] each -> [clips, …, longest], zeros behind those that are shorter.
at::Tensor together(const std::vector<at::Tensor>& clips) {
  if (clips.size() == 1) return clips.front();
  std::int64_t longest = 0;
  for (const auto& clip : clips) longest = std::max(longest, clip.size(-1));
  std::vector<at::Tensor> padded;
  padded.reserve(clips.size());
  for (const auto& clip : clips) padded.push_back(at::constant_pad_nd(clip, {0, longest - clip.size(-1)}));
  return at::cat(padded);
}

/// What a clip gives each stage that it goes through in a batch.
template <typename Clips, typename Part>
at::Tensor together(Clips& clips, const Part& part) {
  std::vector<at::Tensor> parts;
  parts.reserve(clips.size());
  for (auto& clip : clips) parts.push_back(part(clip));
  return together(parts);
}

}  // namespace

Pipeline::Pipeline(const BoundModel& model, std::span<const SynthesisRequest> requests, int steps,
                   StageCache& cache, const Run& run, const JobControl& control)
    : steps_(steps),
      cache_(cache),
      run_(run),
      control_(control),
      device_(model.device()),
      flow_(model.flow()),
      vocoder_(model.vocoder()) {
  std::vector<std::int64_t> frames;
  for (const auto& request : requests) frames.push_back(frames_of(request));
  for (std::size_t i = 0; i < requests.size(); ++i) {
    clips_.push_back({requests[i], {}, {}, {}});
    if (!cache.keeps_anything()) continue;
    // Sums over a batch may be of another order than those over a clip alone.
    const auto arithmetic =
        requests.size() == 1
            ? describe_arithmetic()
            : fmt::format("{}, clip {} of {} frames", describe_arithmetic(), i, fmt::join(frames, " and "));
    clips_.back().keys =
        stage_keys(requests[i], steps, model.checkpoint().layers(), model.resolved(), arithmetic);
  }
}

std::vector<Synthesis> Pipeline::synthesize() {
  for (auto& clip : clips_) {
    // Noise of a wrong shape is refused before any work.
    const bool excited = clip.request.last_stage == LastStage::mel || cache_.find(clip.keys.source);
    if (!cache_.find(clip.keys.flow) || !excited) noise_of(clip);
    if (clip.request.keep_stages)
      clip.result.stages = {{"speech_tokens", to_host(clip.speech_tokens())},
                            {"prompt_token", to_host(clip.prompt_token())},
                            {"prompt_feat", to_host(clip.prompt_feat())},
                            {"embedding", to_host(clip.embedding())}};
  }
  const auto mels = solve(encode());
  std::vector<Synthesis> results;
  for (std::size_t i = 0; i < clips_.size(); ++i) {
    auto& clip = clips_[i];
    clip.result.mel = std::get<0>(to_host(mels[i]).values);
    if (clip.request.last_stage == LastStage::waveform)
      clip.result.waveform = std::get<0>(to_host(vocode(clip, mels[i], excite(clip, mels[i]))).values);
    results.push_back(std::move(clip.result));
    clip.noise.reset();
  }
  control_.at({"vocoder", 1, 1});
  return results;
}

/// Outputs of all clips; none where the cache lacks one of them, or something that is asked for.
std::optional<Pipeline::Outputs> Pipeline::kept(const Stage& stage, std::span<Clip> clips) {
  std::vector<std::shared_ptr<const HostTensors>> found;
  for (const auto& clip : clips) {
    found.push_back(cache_.find(clip.keys.*stage.key));
    if (!found.back() || !found.back()->contains(clip.request.keep_stages ? stage.last_seen : stage.output))
      return {};
  }
  control_.at({stage.name, 1, 1});
  Outputs outputs;
  for (std::size_t i = 0; i < clips.size(); ++i) {
    // A copy, aligned like every other tensor, so that what is computed from it is the same to the bit.
    outputs.push_back(to_torch(found[i]->at(stage.output))
                          .to(run_.device, at::kFloat, /*non_blocking=*/false, /*copy=*/true));
    if (clips[i].request.keep_stages) clips[i].result.stages.insert(found[i]->begin(), found[i]->end());
  }
  return outputs;
}

/// Its outputs; from the cache where that has all that is asked for. `make(seen)` may add to `seen`, clip by
/// clip, what else of the stage is to be seen. What it takes is shared by all clips alike.
template <typename Make>
Pipeline::Outputs Pipeline::stage(const Stage& stage, std::span<Clip> clips, const Make& make) {
  std::vector<HostTensors> seen(clips.size());
  std::vector<StageCost> cost;
  Outputs outputs;
  bool reused = false;
  {
    StageMeter meter(stage.name, device_, cost);
    if (auto found = kept(stage, clips)) {
      outputs = std::move(*found);
      reused = true;
      meter.note_reuse();
    } else {
      for (const auto& output : make(seen)) outputs.push_back(output.contiguous());
      synchronize(device_);
    }
  }
  cost.front().seconds /= static_cast<double>(clips.size());
  for (auto& clip : clips) clip.result.costs.push_back(cost.front());
  if (reused) return outputs;
  check_arithmetic();
  for (std::size_t i = 0; i < clips.size(); ++i) {
    const bool shown = clips[i].request.keep_stages;
    finite(outputs[i], stage.name);
    if (shown || cache_.keeps_anything()) seen[i][stage.output] = to_host(outputs[i]);
    if (shown) clips[i].result.stages.insert(seen[i].begin(), seen[i].end());
    if (cache_.keeps_anything()) cache_.keep(clips[i].keys.*stage.key, std::move(seen[i]));
  }
  return outputs;
}

Pipeline::Outputs Pipeline::encode() {
  return stage({"encoder", &StageKeys::encoder, "encoder_out", "encoder_out"}, clips_, [&](auto&) {
    control_.at({"encoder", 0, 1});
    const auto tokens = together(clips_, [](const Clip& clip) {
      return at::cat({clip.prompt_token(), clip.speech_tokens()}, 1);
    });
    const auto mu = flow_.encode(tokens.to(run_.device), run_of_all(s3gen::kFramesPerToken));
    Outputs outputs;
    for (std::size_t i = 0; i < clips_.size(); ++i)
      outputs.push_back(mu.narrow(0, static_cast<std::int64_t>(i), 1).slice(1, 0, clips_[i].frames()));
    return outputs;
  });
}

Pipeline::Outputs Pipeline::solve(const Outputs& mus) {
  return stage({"flow", &StageKeys::flow, "mel", "mel_step_1"}, clips_, [&](std::vector<HostTensors>& seen) {
    const auto condition = together(clips_, [&](const Clip& clip) {
      return at::constant_pad_nd(clip.prompt_feat().to(run_.device),
                                 {0, 0, 0, clip.frames() - clip.prompt_frames()})
          .transpose(1, 2);
    });
    control_.at({"flow", 0, steps_});
    const auto start = together(clips_, [&](Clip& clip) {
      const auto& [begin, tail] = noise_of(clip).flow.get();
      return s3gen::initial_state(
          {begin.to(run_.device), tail.defined() ? tail.to(run_.device) : at::Tensor()});
    });
    const auto mu = together(mus, [](const at::Tensor& one) { return one.transpose(1, 2).contiguous(); });
    const auto embedding = together(clips_, [](const Clip& clip) { return clip.embedding(); });
    const auto speaker = flow_.project_speaker(embedding.to(run_.device), run_);
    const auto part = [&](const at::Tensor& all, std::size_t i) {
      return all.narrow(0, static_cast<std::int64_t>(i), 1).slice(2, 0, clips_[i].frames());
    };
    const auto all = flow_.solve(
        start, mu, speaker, condition, steps_, run_of_all(1), [&](int step, const at::Tensor& state) {
          for (std::size_t i = 0; i < clips_.size(); ++i)
            if (clips_[i].request.keep_stages)
              seen[i]["mel_step_" + std::to_string(step + 1)] = to_host(part(state, i));
          control_.at({"flow", step + 1, steps_});
        });
    Outputs outputs;
    for (std::size_t i = 0; i < clips_.size(); ++i)
      outputs.push_back(part(all, i).slice(2, clips_[i].prompt_frames()));
    return outputs;
  });
}

at::Tensor Pipeline::excite(Clip& clip, const at::Tensor& mel) {
  const Stage source{"source", &StageKeys::source, "source", "f0"};
  return stage(source, {&clip, 1},
               [&](std::vector<HostTensors>& seen) {
                 const auto f0 = finite(vocoder_.f0(mel, run_), "f0");
                 if (clip.request.keep_stages) seen.front()["f0"] = to_host(f0);
                 if (const auto given = clip.request.noise.find("source"); given != clip.request.noise.end())
                   return Outputs{to_torch(given->second).to(run_.device)};
                 const auto& [phase, hiss] = noise_of(clip).source.get();
                 const auto there = [&](const at::Tensor& t) {
                   return t.to(run_.device, at::kFloat, /*non_blocking=*/true);
                 };
                 return Outputs{vocoder_.source(f0, {there(phase), there(hiss)}, run_)};
               })
      .front();
}

at::Tensor Pipeline::vocode(Clip& clip, const at::Tensor& mel, const at::Tensor& source) {
  constexpr int kParts = 20;  // that progress is told in, of a clip
  const auto all = static_cast<int>(clips_.size()), before = static_cast<int>(&clip - clips_.data());
  const Stage vocoder{"vocoder", &StageKeys::vocoder, "waveform", "waveform"};
  return stage(vocoder, {&clip, 1},
               [&](auto&) {
                 return Outputs{s3gen::fade_in(vocoder_.decode(mel, source, run_, [&](double share) {
                   control_.at({"vocoder", kParts * before + static_cast<int>(kParts * share), kParts * all});
                 }))};
               })
      .front();
}

const Noise& Pipeline::noise_of(Clip& clip) const {
  if (!clip.noise)
    clip.noise = draw_noise(clip.request.seed, clip.request.generator,
                            {.frames = clip.frames(),
                             .output_tokens = static_cast<std::int64_t>(clip.request.tokens.size()),
                             .samples = (clip.frames() - clip.prompt_frames()) * s3gen::kHop,
                             .waves = vocoder_.waves(),
                             .meanflow = flow_.estimator().meanflow()},
                            clip.request.noise, run_.device);
  return *clip.noise;
}

Run Pipeline::run_of_all(std::int64_t frames_per_row) const {
  auto run = run_;
  if (clips_.size() == 1) return run;
  std::vector<int> lengths;
  lengths.reserve(clips_.size());
  for (const auto& clip : clips_) lengths.push_back(static_cast<int>(clip.frames() / frames_per_row));
  run.lengths = at::tensor(lengths, at::kInt).to(run.device);
  return run;
}

std::int64_t Pipeline::Clip::frames() const { return frames_of(request); }

std::int64_t Pipeline::Clip::prompt_frames() const { return prompt_frames_of(request); }

at::Tensor Pipeline::Clip::prompt_token() const { return ids(request.voice.prompt_token); }

at::Tensor Pipeline::Clip::speech_tokens() const { return ids(request.tokens); }

at::Tensor Pipeline::Clip::prompt_feat() const {
  return floats(request.voice.prompt_feat, {1, prompt_frames(), s3gen::kMelBands});
}

at::Tensor Pipeline::Clip::embedding() const {
  return floats(request.voice.embedding, {1, static_cast<std::int64_t>(request.voice.embedding.size())});
}

}  // namespace octet
