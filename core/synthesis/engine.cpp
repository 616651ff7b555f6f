#include "core/synthesis/engine.h"

#include <ATen/ATen.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/InferenceMode.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/checkpoint/components.h"
#include "core/kernels/arithmetic.h"
#include "core/kernels/torch_types.h"
#include "core/quant/methods.h"
#include "core/s3gen/format.h"
#include "core/synthesis/bound_model.h"
#include "core/synthesis/finite_outputs.h"
#include "core/synthesis/host_tensors.h"
#include "core/synthesis/pipeline.h"
#include "core/synthesis/request_check.h"
#include "core/synthesis/sound_intake.h"
#include "core/synthesis/stage_cache.h"
#include "core/synthesis/stage_meter.h"
#include "core/synthesis/working_memory.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

constexpr double kLongestReference = 10;  // seconds, as upstream's callers cut it
constexpr double kShortestReference = 0.1;
constexpr double kShortestSource = 0.04;

void refuse_unless_finite(const Sound& sound, const char* what) {
  // All of them are looked at, so that it goes eight at a time.
  const auto beyond = [](float sample) { return !(std::abs(sample) <= std::numeric_limits<float>::max()); };
  if (std::ranges::count_if(sound.samples, beyond) > 0)
    throw Error(ErrorKind::input, fmt::format("the {} holds samples that are not finite", what));
}

void check_reference(const Sound& reference) {
  if (reference.seconds() < kShortestReference)
    throw Error(ErrorKind::input, fmt::format("the reference is {:.3f} s long; at least {} s are needed",
                                              reference.seconds(), kShortestReference));
  refuse_unless_finite(reference, "reference");
}

/// What `work` gives, computed as engines do to the end. The device is the thread's own meanwhile, so that
/// what names none means that.
template <typename Work>
auto computed(Device device, const Work& work) {
  return translating_torch_errors([&] {
    configure_arithmetic(device.threads);
    const c10::DeviceGuard guard(torch_device(device));
    const c10::InferenceMode inference;
    auto result = work();
    check_arithmetic();
    return result;
  });
}

/// Ids in ordinary memory. Throws NotFinite.
at::Tensor real_ids(const at::Tensor& ids) {
  if (ids.lt(0).any().item<bool>()) throw NotFinite{"speech tokens"};
  return ids;
}

/// What goes wrong in one of several clips names it.
template <typename Work>
void naming_clip(std::size_t clip, std::size_t clips, const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    if (clips == 1) throw;
    throw Error(error.kind(), fmt::format("clip {} of {}: {}", clip + 1, clips, error.what()), error.hint());
  }
}

bool has_rounded_inputs(const ResolvedPlan& resolved) {
  return std::ranges::any_of(resolved.layers,
                             [](const Resolution& layer) { return rounds_inputs(layer.effective); });
}

}  // namespace

struct Engine::State {
  std::shared_ptr<const Checkpoint> checkpoint;
  Device device;
  std::shared_ptr<WeightStore> store;
  StageCache stages;
  std::shared_ptr<GraphCache> graphs;  ///< none on the CPU
  SoundIntake intake;
  std::int64_t head_width = 64;
};

Engine::Engine(const std::shared_ptr<const Checkpoint>& checkpoint, Device device,
               std::uint64_t stage_cache_bytes)
    : state_(new State{checkpoint, device, std::make_shared<WeightStore>(checkpoint, torch_device(device)),
                       StageCache(stage_cache_bytes),
                       device.kind == Device::Kind::cuda ? std::make_shared<GraphCache>(device) : nullptr,
                       SoundIntake(torch_device(device))}) {
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
  return bind(resolve(plan, checkpoint().layers()));
}

std::shared_ptr<const BoundModel> Engine::bind(const ResolvedPlan& plan) const {
  require_speech(checkpoint());
  checkpoint().check_unchanged();
  return std::make_shared<const BoundModel>(state_->checkpoint, state_->store, state_->device, state_->graphs,
                                            state_->head_width, plan);
}

std::shared_ptr<BoundModel> Engine::bind_to_refill(const ResolvedPlan& plan) const {
  require_speech(checkpoint());
  checkpoint().check_unchanged();
  return std::make_shared<BoundModel>(state_->checkpoint, state_->store, state_->device, state_->graphs,
                                      state_->head_width, plan, /*refillable=*/true);
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
  return computed(state_->device, [&] {
    check_reference(reference);
    const Run run{.device = torch_device(state_->device), .stop = control.stop};
    check_memory(state_->device,
                 {model.bytes_to_load({"tokenizer", "speaker_encoder"}),
                  conditioning_bytes(checkpoint(), reference, kLongestReference)},
                 "taking a voice from a reference", "close other programs, or use --device cpu");
    auto& intake = state_->intake;
    const auto wave = intake.wave(reference, kLongestReference);
    const auto wave24 = intake.at_rate(wave, reference.sample_rate, s3gen::kSampleRate);
    const auto wave16 = intake.at_rate(wave, reference.sample_rate, s3gen::kListeningRate);

    const auto heard = with_finite_outputs(model, run, [&](const Run& watched) {
      control.at({"reference: speaker", 0, 3});
      const auto [embedding, ids] = model.voice_listener()(wave16, watched, [&] {
        control.at({"reference: tokens", 1, 3});
      });
      control.at({"reference: mel", 2, 3});
      const auto mel = intake.prompt_mel(wave24).transpose(1, 2);
      auto here = brought_here({embedding, ids, mel});
      (void)finite(here[0], "embedding");
      (void)real_ids(here[1]);
      return here;
    });
    control.at({"reference", 3, 3});
    const auto tokens = heard[1].slice(1, 0, heard[2].size(1) / s3gen::kFramesPerToken);
    return Conditioning{std::get<1>(to_host(tokens).values), std::get<0>(to_host(heard[2]).values),
                        std::get<0>(to_host(heard[0]).values)};
  });
}

std::vector<float> Engine::embed(const BoundModel& model, const Sound& reference,
                                 const JobControl& control) const {
  return computed(state_->device, [&] {
    check_reference(reference);
    const Run run{.device = torch_device(state_->device), .stop = control.stop};
    check_memory(state_->device,
                 {model.bytes_to_load({"speaker_encoder"}),
                  conditioning_bytes(checkpoint(), reference, kLongestReference)},
                 "taking an embedding from a reference", "close other programs, or use --device cpu");
    const auto wave = state_->intake.at_rate(state_->intake.wave(reference, kLongestReference),
                                             reference.sample_rate, s3gen::kListeningRate);
    const auto embedding = with_finite_outputs(model, run, [&](const Run& watched) {
      const auto& speaker = model.speaker_encoder();
      const bool in_rows = speaker.rows() && !watched.probe;
      const auto made = in_rows ? (*speaker.rows())(speaker.features(wave)) : speaker(wave, watched);
      return finite(brought_here({made}).front(), "embedding");
    });
    return std::get<0>(to_host(embedding).values);
  });
}

std::vector<std::int64_t> Engine::tokenize(const BoundModel& model, const Sound& source,
                                           const JobControl& control) const {
  return computed(state_->device, [&] {
    if (source.seconds() < kShortestSource)
      throw Error(ErrorKind::input, fmt::format("the source is {:.3f} s long; at least {} s are needed",
                                                source.seconds(), kShortestSource));
    refuse_unless_finite(source, "source");
    check_memory(state_->device, {model.bytes_to_load({"tokenizer"}), tokenizing_bytes(checkpoint(), source)},
                 fmt::format("taking the tokens of {:.1f} s", source.seconds()),
                 "cut the source into shorter parts");
    control.at({"source: tokens", 0, 1});
    constexpr auto kAll = std::numeric_limits<double>::infinity();
    const Run run{.device = torch_device(state_->device), .stop = control.stop};
    const auto wave =
        state_->intake.at_rate(state_->intake.wave(source, kAll), source.sample_rate, s3gen::kListeningRate);
    const auto tokens = with_finite_outputs(model, run, [&](const Run& watched) {
      return real_ids(brought_here({model.tokenizer()(wave, watched)}).front());
    });
    control.at({"source: tokens", 1, 1});
    return std::get<1>(to_host(tokens).values);
  });
}

Synthesis Engine::synthesize(const BoundModel& model, const SynthesisRequest& request,
                             const JobControl& control) const {
  return std::move(synthesize(model, std::span(&request, 1), control).front());
}

std::vector<Synthesis> Engine::synthesize(const BoundModel& model, std::span<const SynthesisRequest> requests,
                                          const JobControl& control) const {
  if (requests.empty()) return {};
  const Stopwatch whole;
  model.require("flow");
  model.require("mel2wav");
  const auto steps_of = [&](const SynthesisRequest& request) {
    return request.steps == 0 ? default_steps() : request.steps;
  };
  const int steps = steps_of(requests.front());
  double seconds = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto& request = requests[i];
    naming_clip(i, requests.size(), [&] { check_request(request, vocabulary(), embedding_width()); });
    if (steps_of(request) != steps)
      throw Error(ErrorKind::usage, fmt::format("{} and {} steps in one batch", steps, steps_of(request)),
                  "synthesize at once what takes the same number of steps");
    seconds += static_cast<double>(frames_of(request) - prompt_frames_of(request)) / s3gen::kFramesPerSecond;
  }
  return computed(state_->device, [&] {
    check_memory(
        state_->device,
        {model.bytes_to_load({"flow", "mel2wav"}), working_bytes(requests) + model.conversion_bytes()},
        fmt::format("synthesizing {:.1f} s", seconds),
        "synthesize fewer tokens at once, or with a plan of smaller weights");

    const Stopwatch loading;
    model.load({"flow", "mel2wav"}, control);
    (void)model.flow();
    (void)model.vocoder();
    const auto loaded = loading.seconds();

    const Run run{.device = torch_device(state_->device), .stop = control.stop};
    auto results = with_finite_outputs(model, run, [&](const Run& watched) {
      const auto made = [&](std::span<const SynthesisRequest> some) {
        return Pipeline(model, some, steps, state_->stages, watched, control).synthesize();
      };
      if (!watched.watched() && !has_rounded_inputs(model.resolved())) return made(requests);
      // One after the other: inputs that are rounded have a scale of all that is in them; and what is not
      // finite in one of them is not to be looked for in another.
      std::vector<Synthesis> each;
      for (std::size_t i = 0; i < requests.size(); ++i)
        naming_clip(i, requests.size(),
                    [&] { each.push_back(std::move(made(requests.subspan(i, 1)).front())); });
      return each;
    });
    const auto seconds_taken = whole.seconds() - loaded;
    for (auto& result : results) result.seconds = seconds_taken;
    return results;
  });
}

std::uint64_t Engine::graph_bytes() const {
  if (!state_->graphs) return 0;
  const auto held = state_->graphs->lock();
  return state_->graphs->bytes();
}

std::uint64_t Engine::working_bytes(std::int64_t prompt_frames, std::int64_t output_frames) const {
  const MelFrames clip{prompt_frames, output_frames};
  return synthesis_bytes(checkpoint(), {&clip, 1});
}

std::uint64_t Engine::working_bytes(std::span<const SynthesisRequest> requests) const {
  std::vector<MelFrames> clips;
  for (const auto& request : requests)
    clips.push_back({prompt_frames_of(request), frames_of(request) - prompt_frames_of(request)});
  return synthesis_bytes(checkpoint(), clips);
}

}  // namespace octet
