#include "core/synthesis/engine.h"

#include <ATen/ATen.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>

#include "core/dsp/log_mel.h"
#include "core/dsp/resample.h"
#include "core/kernels/torch_types.h"
#include "core/plan/size.h"
#include "core/s3gen/campplus.h"
#include "core/s3gen/flow.h"
#include "core/s3gen/hift.h"
#include "core/s3gen/speech_tokenizer.h"
#include "core/synthesis/host_tensors.h"
#include "core/synthesis/noise.h"
#include "core/synthesis/stage_cache.h"
#include "core/synthesis/stage_keys.h"
#include "core/synthesis/torch_errors.h"
#include "core/synthesis/weight_store.h"

namespace octet {
namespace {

constexpr int kOutputRate = 24000;
constexpr int kInputRate = 16000;
constexpr double kLongestReference = 10;  // seconds, as upstream's callers cut it
constexpr double kShortestReference = 0.1;
constexpr double kShortestSource = 0.04;
constexpr std::int64_t kMelBands = 80;
constexpr std::int64_t kFramesPerToken = 2;

/// Mean of channels, fp32 [1, samples].
at::Tensor wave_of(const Sound& sound) {
  const auto samples = at::from_blob(const_cast<float*>(sound.samples.data()),
                                     {static_cast<std::int64_t>(sound.frames()), sound.channels}, at::kFloat);
  return samples.mean(1).unsqueeze(0);
}

/// Adds what it took to `costs` when it ends.
class StageMeter {
 public:
  StageMeter(std::string stage, Device device, std::vector<StageCost>& costs)
      : stage_(std::move(stage)), device_(device), costs_(costs), peak_(device) {}
  StageMeter(const StageMeter&) = delete;
  StageMeter& operator=(const StageMeter&) = delete;
  ~StageMeter() {
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin_;
    costs_.push_back({stage_, took.count(), peak_.bytes(), reused_});
  }
  void note_reuse() { reused_ = true; }

 private:
  std::string stage_;
  Device device_;
  std::vector<StageCost>& costs_;
  PeakMemory peak_;
  bool reused_ = false;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

}  // namespace

class BoundModel {
 public:
  BoundModel(std::shared_ptr<const Checkpoint> checkpoint, std::shared_ptr<WeightStore> store, Device device,
             std::int64_t head_width, const PrecisionPlan& plan)
      : checkpoint_(std::move(checkpoint)),
        store_(std::move(store)),
        resolved_(resolve(plan, checkpoint_->layers())),
        head_width_(head_width) {
    weights_.device = torch_device(device);
    weights_.activations = torch_type(dtype_of(plan.base));
  }

  const s3gen::SpeechTokenizer& tokenizer() const { return part(tokenizer_, "tokenizer"); }
  const s3gen::Campplus& speaker_encoder() const { return part(speaker_encoder_, "speaker_encoder"); }
  const s3gen::Flow& flow() const { return part(flow_, "flow", head_width_); }
  const s3gen::Hift& vocoder() const { return part(vocoder_, "mel2wav"); }
  const ResolvedPlan& resolved() const { return resolved_; }

  /// Throws Error(input) when the file lacks this component.
  void require(const std::string& component) const {
    const auto& held = checkpoint_->components();
    if (std::ranges::find(held, component) == held.end())
      throw Error(ErrorKind::input, fmt::format("{} has no {}", checkpoint_->path().string(), component),
                  "this work needs it: use the full checkpoint");
  }

  std::uint64_t resident_bytes() const {
    const std::lock_guard lock(mutex_);
    std::uint64_t sum = 0;
    for (const auto& [name, layer] : weights_.layers) {
      if (layer->weight) sum += bytes(*layer->weight);
      for (const auto& [last_name, tensor] : layer->tensors) sum += tensor.nbytes();
    }
    return sum;
  }

 private:
  template <typename Part, typename... Arguments>
  const Part& part(std::unique_ptr<const Part>& kept, const std::string& component,
                   Arguments... arguments) const {
    const std::lock_guard lock(mutex_);
    if (!kept) {
      require(component);
      const auto& layers = checkpoint_->layers();
      for (std::size_t i = 0; i < layers.size(); ++i)
        if (layers[i].component == component)
          weights_.layers[layers[i].name] = store_->get(layers[i], resolved_.layers[i]);
      kept = std::make_unique<const Part>(s3gen::Scope(weights_, component), arguments...);
    }
    return *kept;
  }

  std::shared_ptr<const Checkpoint> checkpoint_;
  std::shared_ptr<WeightStore> store_;
  ResolvedPlan resolved_;
  std::int64_t head_width_;
  mutable std::mutex mutex_;
  mutable s3gen::ModelWeights weights_;
  mutable std::unique_ptr<const s3gen::SpeechTokenizer> tokenizer_;
  mutable std::unique_ptr<const s3gen::Campplus> speaker_encoder_;
  mutable std::unique_ptr<const s3gen::Flow> flow_;
  mutable std::unique_ptr<const s3gen::Hift> vocoder_;
};

struct Engine::State {
  std::shared_ptr<const Checkpoint> checkpoint;
  Device device;
  std::shared_ptr<WeightStore> store;
  StageCache stages;
  std::int64_t head_width = 64;
};

Engine::Engine(const std::shared_ptr<const Checkpoint>& checkpoint, Device device,
               std::uint64_t stage_cache_bytes)
    : state_(new State{checkpoint, device, std::make_shared<WeightStore>(checkpoint, torch_device(device)),
                       StageCache(stage_cache_bytes)}) {
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
  if (checkpoint().variant() == Variant::cosyvoice2)
    throw Error(
        ErrorKind::input,
        fmt::format(
            "{} is a part of CosyVoice2, whose sound source is another: no speech can be made from it",
            checkpoint().path().string()),
        "inspect, plan, export and verify work; to hear a plan, use a checkpoint of Chatterbox's S3Gen");
  return std::make_shared<const BoundModel>(state_->checkpoint, state_->store, state_->device,
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
    const c10::InferenceMode inference;
    if (reference.seconds() < kShortestReference)
      throw Error(ErrorKind::input, fmt::format("the reference is {:.3f} s long; at least {} s are needed",
                                                reference.seconds(), kShortestReference));
    const auto device = torch_device(state_->device);
    const auto longest = static_cast<std::int64_t>(kLongestReference * reference.sample_rate);
    const auto wave = wave_of(reference).slice(1, 0, longest);
    const auto wave24 = resample(wave, reference.sample_rate, kOutputRate).to(device);
    const auto wave16 = resample(wave, reference.sample_rate, kInputRate).to(device);

    control.at({"reference: mel", 0, 3});
    const auto mel = prompt_log_mel(wave24).transpose(1, 2);
    control.at({"reference: speaker", 1, 3});
    const auto embedding = model.speaker_encoder()(wave16);
    control.at({"reference: tokens", 2, 3});
    const auto tokens = model.tokenizer()(wave16).slice(1, 0, mel.size(1) / kFramesPerToken);
    control.at({"reference", 3, 3});
    return Conditioning{std::get<1>(to_host(tokens).values), std::get<0>(to_host(mel).values),
                        std::get<0>(to_host(embedding).values)};
  });
}

std::vector<std::int64_t> Engine::tokenize(const BoundModel& model, const Sound& source,
                                           const JobControl& control) const {
  return translating_torch_errors([&] {
    const c10::InferenceMode inference;
    if (source.seconds() < kShortestSource)
      throw Error(ErrorKind::input, fmt::format("the source is {:.3f} s long; at least {} s are needed",
                                                source.seconds(), kShortestSource));
    control.at({"source: tokens", 0, 1});
    const auto wave =
        resample(wave_of(source), source.sample_rate, kInputRate).to(torch_device(state_->device));
    const auto tokens = model.tokenizer()(wave);
    control.at({"source: tokens", 1, 1});
    return std::get<1>(to_host(tokens).values);
  });
}

namespace {

void check(const SynthesisRequest& request, std::int64_t vocabulary, std::int64_t embedding_width) {
  const auto check_ids = [&](const std::vector<std::int64_t>& ids, const char* what) {
    for (std::size_t i = 0; i < ids.size(); ++i)
      if (ids[i] < 0 || ids[i] >= vocabulary)
        throw Error(
            ErrorKind::input,
            fmt::format("{} {} at position {} is outside the vocabulary of {}", what, ids[i], i, vocabulary),
            "6561 and 6562 mark begin and end in most T3 outputs: --drop-invalid drops them");
  };
  check_ids(request.tokens, "speech token");
  check_ids(request.voice.prompt_token, "prompt token");
  if (request.tokens.empty()) throw Error(ErrorKind::input, "there are no speech tokens");
  if (request.steps < 0 || request.steps > 50)
    throw Error(ErrorKind::usage, fmt::format("{} Euler steps; 1 to 50 are possible", request.steps));
  const auto& voice = request.voice;
  if (voice.prompt_feat.size() % kMelBands != 0)
    throw Error(ErrorKind::input, fmt::format("prompt_feat has {} values, not a multiple of {}",
                                              voice.prompt_feat.size(), kMelBands));
  if (static_cast<std::int64_t>(voice.embedding.size()) != embedding_width)
    throw Error(ErrorKind::input,
                fmt::format("the voice's embedding has {} values; this checkpoint's have {}",
                            voice.embedding.size(), embedding_width));
  const auto prompt_frames = static_cast<std::int64_t>(voice.prompt_feat.size()) / kMelBands;
  const auto frames =
      kFramesPerToken * static_cast<std::int64_t>(voice.prompt_token.size() + request.tokens.size());
  if (frames <= prompt_frames)
    throw Error(ErrorKind::input,
                fmt::format("prompt_feat has {} frames, all that {} prompt tokens and {} speech "
                            "tokens give: nothing is left to synthesize",
                            prompt_frames, voice.prompt_token.size(), request.tokens.size()));
  const auto check_finite = [](const std::vector<float>& values, const std::string& what) {
    if (!std::ranges::all_of(values, [](float value) { return std::isfinite(value); }))
      throw Error(ErrorKind::input, what + " holds values that are not finite");
  };
  check_finite(voice.prompt_feat, "prompt_feat");
  check_finite(voice.embedding, "embedding");
  for (const auto& [name, tensor] : request.noise)
    if (const auto* values = std::get_if<std::vector<float>>(&tensor.values))
      check_finite(*values, "noise tensor " + name);
  const Shape source{1, 1, (frames - prompt_frames) * s3gen::HarmonicSource::kHop};
  if (const auto given = request.noise.find("source"); given != request.noise.end())
    if (given->second.shape != source || !std::holds_alternative<std::vector<float>>(given->second.values))
      throw Error(ErrorKind::input, fmt::format("noise tensor source is {}; this request needs fp32 {}",
                                                fmt::join(given->second.shape, "x"), fmt::join(source, "x")));
}

}  // namespace

Synthesis Engine::synthesize(const BoundModel& model, const SynthesisRequest& request,
                             const JobControl& control) const {
  model.require("flow");
  model.require("mel2wav");
  check(request, vocabulary(), embedding_width());
  const auto prompt_frames = static_cast<std::int64_t>(request.voice.prompt_feat.size()) / kMelBands;
  const auto frames =
      kFramesPerToken * static_cast<std::int64_t>(request.voice.prompt_token.size() + request.tokens.size());
  return translating_torch_errors([&] {
    const auto needed = working_bytes(prompt_frames, frames - prompt_frames);
    if (const auto free = available_bytes(state_->device); needed > free)
      throw Error(
          ErrorKind::device,
          fmt::format("synthesizing {:.1f} s needs about {:.1f} GB of memory on {}; {:.1f} GB are free",
                      static_cast<double>(frames - prompt_frames) / 50, static_cast<double>(needed) / 1e9,
                      to_string(state_->device), static_cast<double>(free) / 1e9),
          "synthesize fewer tokens at once");

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

    control.at({"loading weights", 0, 2});
    const auto& flow = model.flow();
    control.at({"loading weights", 1, 2});
    const auto& vocoder = model.vocoder();

    auto& cache = state_->stages;
    const auto keys = cache.keeps_anything() ? stage_keys(request, steps, checkpoint().layers(),
                                                          model.resolved(), describe_arithmetic())
                                             : StageKeys();
    // Its output `name`, and what else of the stage is to be seen; from the cache where that has all of it.
    const auto stage = [&](const char* stage_name, const std::string& key, const char* name, const char* seen,
                           const auto& compute) {
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
        output = compute(host).contiguous();
        synchronize(state_->device);
      }
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
                            .waves = vocoder.source().waves(),
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
      const auto all = s3gen::solve_flow(flow.estimator(), flow_noise, mu.transpose(1, 2).contiguous(),
                                         flow.project_speaker(embedding.to(device)), condition, steps,
                                         [&](int step, const at::Tensor& state) {
                                           synchronize(state_->device);
                                           if (request.keep_stages)
                                             seen["mel_step_" + std::to_string(step + 1)] = to_host(state);
                                           control.at({"flow", step + 1, steps});
                                         });
      return all.slice(2, prompt_frames);
    });
    result.mel = std::get<0>(to_host(mel).values);

    const auto source = stage("source", keys.source, "source", "f0", [&](HostTensors& seen) {
      const auto f0 = vocoder.f0_predictor()(mel);
      if (request.keep_stages) seen["f0"] = to_host(f0);
      if (const auto given = request.noise.find("source"); given != request.noise.end())
        return to_torch(given->second).to(device);
      const auto& [phase, hiss] = noise().source;
      return vocoder.source()(f0, {phase.to(device), hiss.to(device)});
    });

    const auto wave = stage("vocoder", keys.vocoder, "waveform", "waveform", [&](HostTensors&) {
      int done = 0;
      return s3gen::fade_in(vocoder.decode(mel, source, [&] { control.at({"vocoder", done++, 10}); }));
    });
    result.waveform = std::get<0>(to_host(wave).values);
    control.at({"vocoder", 10, 10});
    return result;
  });
}

std::uint64_t Engine::working_bytes(std::int64_t prompt_frames, std::int64_t output_frames) const {
  const auto extent = [&](const char* layer, std::size_t axis = 0) {
    const auto* found = checkpoint().find(layer);
    return static_cast<double>(found ? found->tensors.front().shape.at(axis) : 0);
  };
  constexpr double kFloat = sizeof(float);
  const auto frames = static_cast<double>(prompt_frames + output_frames);
  const auto samples = static_cast<double>(output_frames) * s3gen::HarmonicSource::kHop;
  const auto waves = extent("mel2wav.m_source.l_linear", 1);

  // fp32 copies of its widest tensor that each stage holds at its worst moment, counted at the allocator and
  // rounded up (tests/synthesis/test_memory.cpp measures them). Stages follow each other, so the hungriest
  // counts.
  const double estimator = 24 * kFloat * 2 * frames * extent("flow.decoder.estimator.final_block.block.0");
  const double scores = std::clamp(s3gen::UpsampleEncoder::kScoresAtOnce / (2 * frames * frames), 1.0,
                                   std::max(1.0, extent("flow.encoder.encoders.0.self_attn.pos_bias_u"))) *
                        frames * frames;
  const double encoder =
      5 * kFloat * scores + 16 * kFloat * frames * extent("flow.encoder.encoders.0.norm_mha");
  const double source = 10 * kFloat * samples * waves;
  const double vocoder = 12 * kFloat * samples / 4 * extent("mel2wav.conv_pre") / 8;
  // The draws and the mel stay throughout; libraries keep scratch of their own.
  const double always = kFloat * samples * (waves + 4) + 8 * kFloat * 80 * frames + 64e6;
  constexpr double kBeyondAnyMachine = 1e18;
  return static_cast<std::uint64_t>(
      std::min(kBeyondAnyMachine, std::max({estimator, encoder, source, vocoder}) + always));
}

const ResolvedPlan& resolved_plan(const BoundModel& model) { return model.resolved(); }
std::uint64_t resident_weight_bytes(const BoundModel& model) { return model.resident_bytes(); }

}  // namespace octet
