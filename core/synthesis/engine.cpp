#include "core/synthesis/engine.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/checkpoint/components.h"
#include "core/dsp/log_mel.h"
#include "core/dsp/resample.h"
#include "core/kernels/arithmetic.h"
#include "core/kernels/torch_types.h"
#include "core/synthesis/bound_model.h"
#include "core/synthesis/finite_outputs.h"
#include "core/synthesis/host_tensors.h"
#include "core/synthesis/noise.h"
#include "core/synthesis/request_check.h"
#include "core/synthesis/stage_cache.h"
#include "core/synthesis/stage_keys.h"
#include "core/synthesis/working_memory.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

constexpr int kOutputRate = 24000;
constexpr int kInputRate = 16000;
constexpr double kLongestReference = 10;  // seconds, as upstream's callers cut it
constexpr double kShortestReference = 0.1;
constexpr double kShortestSource = 0.04;

/// Mean of channels of the first `longest` seconds, fp32 [1, samples].
at::Tensor wave_of(const Sound& sound, double longest) {
  const auto frames = std::min(static_cast<double>(sound.frames()), std::floor(longest * sound.sample_rate));
  const auto samples = at::from_blob(const_cast<float*>(sound.samples.data()),
                                     {static_cast<std::int64_t>(frames), sound.channels}, at::kFloat);
  return samples.mean(1).unsqueeze(0);
}

void refuse_unless_finite(const Sound& sound, const char* what) {
  if (!std::ranges::all_of(sound.samples, [](float sample) { return std::isfinite(sample); }))
    throw Error(ErrorKind::input, fmt::format("the {} holds samples that are not finite", what));
}

at::Tensor ids_of(const at::Tensor& wave, const BoundModel& model) {
  return with_finite_outputs(model, [&](const BoundModel& bound) {
    const auto ids = bound.tokenizer()(wave);
    if (ids.lt(0).any().item<bool>()) throw NotFinite{"speech tokens"};
    return ids;
  });
}

/// Time since it was made.
class Stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

/// Adds what it took to `costs` when it ends.
class StageMeter {
 public:
  StageMeter(std::string stage, Device device, std::vector<StageCost>& costs)
      : stage_(std::move(stage)), device_(device), costs_(costs), peak_(device) {}
  StageMeter(const StageMeter&) = delete;
  StageMeter& operator=(const StageMeter&) = delete;
  ~StageMeter() { costs_.push_back({stage_, took_.seconds(), peak_.bytes(), reused_}); }
  void note_reuse() { reused_ = true; }

 private:
  std::string stage_;
  Device device_;
  std::vector<StageCost>& costs_;
  PeakMemory peak_;
  bool reused_ = false;
  Stopwatch took_;
};

}  // namespace

struct Engine::State {
  std::shared_ptr<const Checkpoint> checkpoint;
  Device device;
  std::shared_ptr<WeightStore> store;
  StageCache stages;
  std::shared_ptr<GraphCache> graphs;  ///< none on the CPU
  std::int64_t head_width = 64;
};

Engine::Engine(const std::shared_ptr<const Checkpoint>& checkpoint, Device device,
               std::uint64_t stage_cache_bytes)
    : state_(new State{checkpoint, device, std::make_shared<WeightStore>(checkpoint, torch_device(device)),
                       StageCache(stage_cache_bytes),
                       device.kind == Device::Kind::cuda ? std::make_shared<GraphCache>(device) : nullptr}) {
  if (const auto config = checkpoint->metadata().find("s3gen_config");
      config != checkpoint->metadata().end()) {
    const auto parsed = nlohmann::json::parse(config->second, nullptr, /*allow_exceptions=*/false);
    if (!parsed.is_object() ||
        (parsed.contains("estimator_head_dim") && !parsed["estimator_head_dim"].is_number_integer()))
      throw Error(ErrorKind::input, checkpoint->path().string() +
                                        ": metadata s3gen_config is not a JSON object with "
                                        "an integer estimator_head_dim");
    state_->head_width = parsed.value("estimator_head_dim", state_->head_width);
  }
  for (const auto& layer : checkpoint->layers())
    if (layer.name.ends_with(".attn1.to_q") &&
        (state_->head_width <= 0 || layer.weight().shape.front() % state_->head_width != 0))
      throw Error(ErrorKind::input,
                  fmt::format("{}: {} has {} outputs, which are no heads of {}", checkpoint->path().string(),
                              layer.name, layer.weight().shape.front(), state_->head_width),
                  "say how wide a head is: estimator_head_dim in the metadata's s3gen_config");
}

Engine::~Engine() = default;

const Checkpoint& Engine::checkpoint() const { return *state_->checkpoint; }
Device Engine::device() const { return state_->device; }

std::shared_ptr<const BoundModel> Engine::bind(const PrecisionPlan& plan) const {
  require_speech(checkpoint());
  checkpoint().check_unchanged();
  return std::make_shared<const BoundModel>(state_->checkpoint, state_->store, state_->device, state_->graphs,
                                            state_->head_width, plan);
}

int Engine::default_steps() const { return checkpoint().variant() == Variant::meanflow ? 2 : 10; }

std::int64_t Engine::vocabulary() const {
  const auto* table = checkpoint().find("flow.input_embedding");
  return table ? table->weight().shape.front() : 0;
}

std::int64_t Engine::embedding_width() const {
  const auto* layer = checkpoint().find("flow.spk_embed_affine_layer");
  return layer ? layer->weight().shape.back() : 0;
}

Conditioning Engine::condition(const BoundModel& model, const Sound& reference,
                               const JobControl& control) const {
  return translating_torch_errors([&] {
    configure_arithmetic(state_->device.threads);
    const c10::InferenceMode inference;
    if (reference.seconds() < kShortestReference)
      throw Error(ErrorKind::input, fmt::format("the reference is {:.3f} s long; at least {} s are needed",
                                                reference.seconds(), kShortestReference));
    refuse_unless_finite(reference, "reference");
    const auto device = torch_device(state_->device);
    check_memory(state_->device,
                 {model.bytes_to_load({"tokenizer", "speaker_encoder"}),
                  conditioning_bytes(checkpoint(), reference, kLongestReference)},
                 "taking a voice from a reference", "close other programs, or use --device cpu");
    const auto wave = wave_of(reference, kLongestReference);
    const auto wave24 = resample(wave, reference.sample_rate, kOutputRate).to(device);
    const auto wave16 = resample(wave, reference.sample_rate, kInputRate).to(device);

    control.at({"reference: mel", 0, 3});
    const auto mel = prompt_log_mel(wave24).transpose(1, 2);
    control.at({"reference: speaker", 1, 3});
    const auto embedding = with_finite_outputs(
        model, [&](const BoundModel& bound) { return finite(bound.speaker_encoder()(wave16), "embedding"); });
    control.at({"reference: tokens", 2, 3});
    const auto tokens = ids_of(wave16, model).slice(1, 0, mel.size(1) / kFramesPerToken);
    control.at({"reference", 3, 3});
    return Conditioning{std::get<1>(to_host(tokens).values), std::get<0>(to_host(mel).values),
                        std::get<0>(to_host(embedding).values)};
  });
}

std::vector<std::int64_t> Engine::tokenize(const BoundModel& model, const Sound& source,
                                           const JobControl& control) const {
  return translating_torch_errors([&] {
    configure_arithmetic(state_->device.threads);
    const c10::InferenceMode inference;
    if (source.seconds() < kShortestSource)
      throw Error(ErrorKind::input, fmt::format("the source is {:.3f} s long; at least {} s are needed",
                                                source.seconds(), kShortestSource));
    refuse_unless_finite(source, "source");
    check_memory(state_->device, {model.bytes_to_load({"tokenizer"}), tokenizing_bytes(checkpoint(), source)},
                 fmt::format("taking the tokens of {:.1f} s", source.seconds()),
                 "cut the source into shorter parts");
    control.at({"source: tokens", 0, 1});
    constexpr auto kAll = std::numeric_limits<double>::infinity();
    const auto wave =
        resample(wave_of(source, kAll), source.sample_rate, kInputRate).to(torch_device(state_->device));
    const auto tokens = ids_of(wave, model);
    control.at({"source: tokens", 1, 1});
    return std::get<1>(to_host(tokens).values);
  });
}

Synthesis Engine::synthesize(const BoundModel& model, const SynthesisRequest& request,
                             const JobControl& control) const {
  return with_finite_outputs(model,
                             [&](const BoundModel& bound) { return compute(bound, request, control); });
}

Synthesis Engine::compute(const BoundModel& model, const SynthesisRequest& request,
                          const JobControl& control) const {
  const Stopwatch whole;
  model.require("flow");
  model.require("mel2wav");
  check_request(request, vocabulary(), embedding_width());
  const auto prompt_frames = static_cast<std::int64_t>(request.voice.prompt_feat.size()) / kMelBands;
  const auto frames =
      kFramesPerToken * static_cast<std::int64_t>(request.voice.prompt_token.size() + request.tokens.size());
  return translating_torch_errors([&] {
    check_memory(state_->device,
                 {model.bytes_to_load({"flow", "mel2wav"}),
                  synthesis_bytes(checkpoint(), prompt_frames, frames - prompt_frames)},
                 fmt::format("synthesizing {:.1f} s", static_cast<double>(frames - prompt_frames) / 50),
                 "synthesize fewer tokens at once, or with a plan of smaller weights");

    configure_arithmetic(state_->device.threads);
    const c10::InferenceMode inference;
    const auto device = torch_device(state_->device);
    const int steps = request.steps == 0 ? default_steps() : request.steps;
    Synthesis result;
    const auto keep = [&](const std::string& name, const at::Tensor& tensor) {
      if (request.keep_stages) result.stages[name] = to_host(tensor);
    };
    const auto floats = [&](const std::vector<float>& values, at::IntArrayRef shape) {
      return at::from_blob(const_cast<float*>(values.data()), shape, at::kFloat);
    };
    const auto ids = [](const std::vector<std::int64_t>& values) {
      return at::tensor(values, at::kLong).unsqueeze(0);
    };

    const Stopwatch loading;
    control.at({"loading weights", 0, 2});
    const auto& flow = model.flow();
    control.at({"loading weights", 1, 2});
    const auto& vocoder = model.vocoder();
    const auto loaded = loading.seconds();

    auto& cache = state_->stages;
    const auto keys = cache.keeps_anything() ? stage_keys(request, steps, checkpoint().layers(),
                                                          model.resolved(), describe_arithmetic())
                                             : StageKeys();
    // Its output `name`, and what else of the stage is to be seen; from the cache where that has all of it.
    const auto stage = [&](const char* stage_name, const std::string& key, const char* name, const char* seen,
                           const auto& make) {
      HostTensors host;
      at::Tensor output;
      {
        StageMeter meter(stage_name, state_->device, result.costs);
        if (const auto kept = cache.find(key); kept && kept->contains(request.keep_stages ? seen : name)) {
          control.at({stage_name, 1, 1});
          // A copy, aligned like every other tensor, so that what is computed from it is the same to the bit.
          output = to_torch(kept->at(name)).to(device, at::kFloat, /*non_blocking=*/false, /*copy=*/true);
          if (request.keep_stages) result.stages.insert(kept->begin(), kept->end());
          meter.note_reuse();
          return output;
        }
        output = make(host).contiguous();
        synchronize(state_->device);
      }
      finite(output, stage_name);
      if (request.keep_stages || cache.keeps_anything()) host[name] = to_host(output);
      if (request.keep_stages) result.stages.insert(host.begin(), host.end());
      if (cache.keeps_anything()) cache.keep(key, std::move(host));
      return output;
    };

    const auto tokens = ids(request.tokens), prompt_tokens = ids(request.voice.prompt_token);
    const auto prompt = floats(request.voice.prompt_feat, {1, prompt_frames, kMelBands});
    const auto embedding =
        floats(request.voice.embedding, {1, static_cast<std::int64_t>(request.voice.embedding.size())});
    std::optional<Noise> drawn;
    const auto noise = [&]() -> const Noise& {
      if (!drawn)
        drawn = draw_noise(request.seed,
                           {.frames = frames,
                            .output_tokens = tokens.size(1),
                            .samples = (frames - prompt_frames) * s3gen::HarmonicSource::kHop,
                            .waves = vocoder.waves(),
                            .meanflow = flow.estimator().meanflow()},
                           request.noise);
      return *drawn;
    };
    // Noise of a wrong shape is refused before any work.
    if (!cache.find(keys.flow) || !cache.find(keys.source)) noise();
    keep("speech_tokens", tokens);
    keep("prompt_token", prompt_tokens);
    keep("prompt_feat", prompt);
    keep("embedding", embedding);

    const auto mu = stage("encoder", keys.encoder, "encoder_out", "encoder_out", [&](HostTensors&) {
      control.at({"encoder", 0, 1});
      return flow.encode(at::cat({prompt_tokens, tokens}, 1).to(device));
    });

    const auto mel = stage("flow", keys.flow, "mel", "mel_step_1", [&](HostTensors& seen) {
      const auto condition =
          at::constant_pad_nd(prompt.to(device), {0, 0, 0, frames - prompt_frames}).transpose(1, 2);
      control.at({"flow", 0, steps});
      const auto& [begin, tail] = noise().flow;
      const s3gen::FlowNoise flow_noise{begin.to(device), tail.defined() ? tail.to(device) : at::Tensor()};
      const auto all =
          flow.solve(flow_noise, mu.transpose(1, 2).contiguous(), flow.project_speaker(embedding.to(device)),
                     condition, steps, [&](int step, const at::Tensor& state) {
                       if (request.keep_stages) seen["mel_step_" + std::to_string(step + 1)] = to_host(state);
                       control.at({"flow", step + 1, steps});
                     });
      return all.slice(2, prompt_frames);
    });
    result.mel = std::get<0>(to_host(mel).values);

    const auto source = stage("source", keys.source, "source", "f0", [&](HostTensors& seen) {
      const auto f0 = finite(vocoder.f0(mel), "f0");
      if (request.keep_stages) seen["f0"] = to_host(f0);
      if (const auto given = request.noise.find("source"); given != request.noise.end())
        return to_torch(given->second).to(device);
      const auto& [phase, hiss] = noise().source;
      return vocoder.source(f0, {phase.to(device), hiss.to(device)});
    });

    const auto wave = stage("vocoder", keys.vocoder, "waveform", "waveform", [&](HostTensors&) {
      int done = 0;
      return s3gen::fade_in(vocoder.decode(mel, source, [&] {
        control.at({"vocoder", std::min(done++, 9), 10});
      }));
    });
    result.waveform = std::get<0>(to_host(wave).values);
    control.at({"vocoder", 10, 10});
    result.seconds = whole.seconds() - loaded;
    return result;
  });
}

std::uint64_t Engine::working_bytes(std::int64_t prompt_frames, std::int64_t output_frames) const {
  return synthesis_bytes(checkpoint(), prompt_frames, output_frames);
}

}  // namespace octet
