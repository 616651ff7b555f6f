#include "core/study/fast_sensitivity.h"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/dsp/stft.h"
#include "core/error.h"
#include "core/kernels/arithmetic.h"
#include "core/kernels/dequantize.h"
#include "core/kernels/torch_types.h"
#include "core/quant/bias_correction.h"
#include "core/quant/methods.h"
#include "core/s3gen/flow.h"
#include "core/s3gen/format.h"
#include "core/s3gen/hift.h"
#include "core/study/path_effects.h"
#include "core/study/sensitivity_entries.h"
#include "core/synthesis/bound_model.h"
#include "core/synthesis/host_tensors.h"
#include "core/synthesis/noise.h"
#include "core/synthesis/request_check.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

using s3gen::ModelWeights;

at::Tensor row_of(const std::vector<float>& values, at::Device device) {
  return at::tensor(values).unsqueeze(0).to(device);
}

/// Passes with gradients at each place of the way: an estimate is off by about a fourth.
constexpr int kSigns = 8;
constexpr std::uint64_t kSignsSeed = 0;

/// Magnitudes as spectral_error has them (core/study/damage.h).
at::Tensor magnitudes(const at::Tensor& waveform) {
  constexpr int kWindow = 1024, kHop = 256;
  return at::abs(stft(waveform, {.n_fft = kWindow, .hop = kHop, .mirrored = kWindow / 2},
                      at::hann_window(kWindow, waveform.options())));
}

/// Speaks a clip by weights that may know their gradients: layer by layer, as upstream does.
class Speech {
 public:
  Speech(const SynthesisRequest& request, int steps, std::int64_t head_width, bool meanflow,
         const ModelWeights& vocoder, const Run& run)
      : request_(request), steps_(steps), head_width_(head_width), run_(run) {
    const s3gen::Hift hift(s3gen::Scope(vocoder, "mel2wav"));
    const auto frames = frames_of(request);
    noise_ = draw_noise(request.seed, request.generator,
                        {.frames = frames,
                         .output_tokens = static_cast<std::int64_t>(request.tokens.size()),
                         .samples = (frames - prompt_frames_of(request)) * s3gen::kHop,
                         .waves = hift.waves(),
                         .meanflow = meanflow},
                        request.noise, run.device);
  }

  at::Tensor mel(const ModelWeights& weights) const {
    const s3gen::Flow flow(s3gen::Scope(weights, "flow"), head_width_);
    const auto frames = frames_of(request_), prompt = prompt_frames_of(request_);
    auto said = request_.voice.prompt_token;
    said.insert(said.end(), request_.tokens.begin(), request_.tokens.end());
    const auto mu = flow.encode(at::tensor(said, at::kLong).unsqueeze(0).to(run_.device), run_)
                        .slice(1, 0, frames)
                        .transpose(1, 2)
                        .contiguous();
    const auto heard = row_of(request_.voice.prompt_feat, run_.device).view({1, prompt, s3gen::kMelBands});
    const auto condition = at::constant_pad_nd(heard, {0, 0, 0, frames - prompt}).transpose(1, 2);
    const auto speaker = flow.project_speaker(row_of(request_.voice.embedding, run_.device), run_);
    const auto& [begin, tail] = noise_.flow.get();
    const auto start =
        s3gen::initial_state({begin.to(run_.device), tail.defined() ? tail.to(run_.device) : at::Tensor()});
    const auto stoppable = [&](int, const at::Tensor&) {
      if (run_.stop.stop_requested()) throw Error(ErrorKind::cancelled, "cancelled");
    };
    return flow.solve(start, mu, speaker, condition, steps_, run_, stoppable).slice(2, prompt);
  }

  at::Tensor spectrum(const ModelWeights& weights, const at::Tensor& mel) const {
    const s3gen::Hift hift(s3gen::Scope(weights, "mel2wav"));
    const auto& [phase, hiss] = noise_.source.get();
    const auto source =
        request_.noise.contains("source")
            ? to_torch(request_.noise.at("source")).to(run_.device)
            : hift.source(hift.f0(mel, run_), {phase.to(run_.device), hiss.to(run_.device)}, run_);
    return magnitudes(s3gen::fade_in(hift.decode(mel, source, run_, [](double) {})));
  }

 private:
  const SynthesisRequest& request_;
  int steps_;
  std::int64_t head_width_;
  Run run_;
  Noise noise_;
};

/// Layers of a part of the model in the base, outside inference mode.
ModelWeights part_in_base(const std::shared_ptr<const Checkpoint>& checkpoint, const std::string& component,
                          const ResolvedPlan& base, at::Device device) {
  WeightStore store(checkpoint, device);
  ModelWeights weights;
  weights.device = device;
  const auto& layers = checkpoint->layers();
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].component == component)
      weights.layers[layers[i].name] = store.get(layers[i], base.layers[i].effective);
  return weights;
}

constexpr auto kNone = std::numeric_limits<double>::quiet_NaN();

/// Why an entry is not estimated; empty where it is.
std::string fault_of(const SensitivityEntry& entry) {
  if (entry.damage.kind != DamageKind::mel && entry.damage.kind != DamageKind::spectrum)
    return "only layers of flow and vocoder are estimated";
  if (corrects_bias(entry.stored.stored.effective)) return "what a corrected bias does is not estimated";
  return rounds_inputs(entry.stored.stored.effective) ? "what rounding inputs does is not estimated" : "";
}

/// The estimates of one study.
class Estimates {
 public:
  Estimates(const std::shared_ptr<const Checkpoint>& checkpoint, const Engine& engine,
            const SensitivityQuestion& question, std::vector<SensitivityEntry>& entries, std::stop_token stop)
      : checkpoint_(checkpoint),
        question_(question),
        entries_(entries),
        run_{.device = torch_device(engine.device()), .stop = std::move(stop)},
        base_(resolve(sensitivity_base(question.base), checkpoint->layers())),
        head_width_(engine.bind(base_)->head_width()),
        default_steps_(engine.default_steps()),
        flow_(part_in_base(checkpoint, "flow", base_, run_.device)),
        vocoder_(part_in_base(checkpoint, "mel2wav", base_, run_.device)) {}

  /// Appends what a clip says of every entry.
  void hear(const SynthesisRequest& request) {
    const auto steps = request.steps == 0 ? default_steps_ : request.steps;
    const Speech speech(request, steps, head_width_, checkpoint_->variant() == Variant::meanflow, vocoder_,
                        run_);
    at::Tensor mel, spectrum;
    {
      const c10::AutoGradMode without(false);
      mel = speech.mel(flow_);
      spectrum = speech.spectrum(vocoder_, mel);
    }
    const auto mel_length = length_of(mel), spectrum_length = length_of(spectrum);
    for (std::size_t choice = 0; choice < question_.choices.size(); ++choice) {
      estimate(choice, DamageKind::mel, flow_, mel_length,
               [&](const ModelWeights& weights) { return speech.mel(weights); });
      estimate(choice, DamageKind::spectrum, vocoder_, spectrum_length,
               [&](const ModelWeights& weights) { return speech.spectrum(weights, mel); });
    }
  }

 private:
  static double length_of(const at::Tensor& values) {
    return std::sqrt(values.square().sum(at::kDouble).item<double>());
  }

  /// `length`: of the output as the base has it.
  void estimate(std::size_t choice, DamageKind kind, const ModelWeights& base, double length,
                const std::function<at::Tensor(const ModelWeights&)>& output) {
    std::vector<SensitivityEntry*> estimated;
    std::vector<WeightPath> paths;
    for (auto& entry : entries_) {
      if (entry.stored.choice != choice || entry.damage.kind != kind || !entry.damage.fault.empty()) continue;
      const auto& name = entry.damage.layer;
      const auto from = values_in(base.layers.at(name)->weight.value(), at::kFloat);
      const auto stored = weight_of(*checkpoint_, checkpoint_->layers()[entry.stored.layer],
                                    entry.stored.stored.effective, question_.calibration.get(), run_.stop);
      paths.push_back({name, from, values_in(moved(stored, run_.device), at::kFloat) - from});
      estimated.push_back(&entry);
    }
    if (paths.empty()) return;
    const auto effects = path_effects(base, paths, output, kSigns, kSignsSeed);
    for (std::size_t i = 0; i < effects.size(); ++i)
      estimated[i]->damage.clips.clips.push_back(effects[i] / length);
  }

  std::shared_ptr<const Checkpoint> checkpoint_;
  const SensitivityQuestion& question_;
  std::vector<SensitivityEntry>& entries_;
  Run run_;
  ResolvedPlan base_;
  std::int64_t head_width_;
  int default_steps_;
  ModelWeights flow_, vocoder_;
};

}  // namespace

Sensitivity fast_sensitivity(const std::shared_ptr<const Checkpoint>& checkpoint, const Engine& engine,
                             Sensitivity begun, const std::vector<ComparisonClip>& clips,
                             const JobControl& control) {
  const auto& question = begun.subject.question;
  if (question.base != Precision::fp32)
    throw Error(ErrorKind::usage, "layers are estimated over fp32 alone", "leave --base out, or --fast");
  return translating_torch_errors([&] {
    configure_arithmetic(engine.device().threads);
    std::vector<std::string> said_before;
    auto entries = entries_of(checkpoint->layers(), question, said_before);
    for (auto& entry : entries) entry.damage.fault = fault_of(entry);
    Estimates estimates(checkpoint, engine, question, entries, control.stop);
    for (std::size_t i = 0; i < clips.size(); ++i) {
      control.at({"estimating layers", static_cast<int>(i), static_cast<int>(clips.size())});
      estimates.hear(clips[i].request);
    }
    check_arithmetic();
    begun.layers.clear();
    for (auto& [stored, damage] : entries) {
      const auto& values = damage.clips.clips;
      damage.damage = damage.fault.empty() ? std::accumulate(values.begin(), values.end(), 0.0) /
                                                 static_cast<double>(values.size())
                                           : kNone;
      begun.layers.push_back(std::move(damage));
    }
    return std::move(begun);
  });
}

}  // namespace octet
