#include "core/study/damage.h"

#include <ATen/ATen.h>
#include <algorithm>
#include <cmath>
#include <future>
#include <map>
#include <ranges>
#include <utility>

#include "core/checkpoint/components.h"
#include "core/kernels/arithmetic.h"
#include "core/metrics/signal_pair.h"
#include "core/metrics/speaker_cosine.h"
#include "core/metrics/token_agreement.h"
#include "core/synthesis/bound_model.h"

namespace octet {

std::string_view to_string(DamageKind kind) {
  switch (kind) {
    case DamageKind::mel: return "mel";
    case DamageKind::spectrum: return "spectrum";
    case DamageKind::tokens: return "tokens";
    case DamageKind::voice: return "voice";
  }
  return {};
}

DamageKind damage_kind(const Layer& layer) {
  if (layer.component == "tokenizer") return DamageKind::tokens;
  if (layer.component == "speaker_encoder") return DamageKind::voice;
  return layer.component == "mel2wav" ? DamageKind::spectrum : DamageKind::mel;
}

double relative_error(std::span<const float> reference, std::span<const float> test) {
  double difference = 0, energy = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double r = reference[i], d = test[i] - r;
    difference += d * d;
    energy += r * r;
  }
  return std::sqrt(difference / energy);
}

double spectral_error(std::span<const float> reference, std::span<const float> test) {
  constexpr int kWindow = 1024, kHop = 256;
  double difference = 0, energy = 0;
  for_each_magnitudes(SignalPair(reference, test), {.n_fft = kWindow, .hop = kHop, .mirrored = kWindow / 2},
                      at::hann_window(kWindow, at::kDouble), [&](const at::Tensor& r, const at::Tensor& t) {
                        difference += (t - r).square().sum().item<double>();
                        energy += r.square().sum().item<double>();
                      });
  return std::sqrt(difference / energy);
}

/// What the reference makes of a clip.
struct DamageMeter::Spoken {
  std::vector<float> mel;
  std::vector<float> waveform;
  std::vector<float> embedding;  ///< of the clip's sound, where it has one
};

namespace {

/// Layers that are replaced in place together: single ones and pairs. A whole plan is a model of its own.
constexpr std::size_t kMostInPlace = 2;

const Sound& sound_of(const ComparisonClip& clip) {
  if (!clip.sound)
    throw Error(ErrorKind::input, clip.name + " is a captured utterance, of which there is no sound to hear");
  return *clip.sound;
}

/// The clip's request with what the tokenizer makes of its sound.
SynthesisRequest heard_anew(const Engine& engine, const BoundModel& model, const ComparisonClip& clip,
                            const JobControl& control) {
  auto request = clip.request;
  request.tokens = engine.tokenize(model, sound_of(clip), control);
  auto& prompt = request.voice.prompt_token;
  // A voice is the sound's beginning, so that its tokens are the sound's unless that goes on.
  if (std::ranges::equal(clip.request.tokens | std::views::take(prompt.size()), prompt) &&
      prompt.size() + 1 >= clip.request.tokens.size())
    prompt.assign(request.tokens.begin(),
                  request.tokens.begin() + static_cast<std::ptrdiff_t>(prompt.size()));
  else
    prompt = engine.condition(model, sound_of(clip), control).prompt_token;
  return request;
}

}  // namespace

/// The reference, with a few layers at a time in another way.
class DamageMeter::InPlace {
 public:
  InPlace(const Engine& engine, const ResolvedPlan& reference)
      : checkpoint_(engine.checkpoint()), reference_(reference), model_(engine.bind_to_refill(reference)) {}

  const BoundModel& model() const { return *model_; }

  void expect(std::size_t layer, const Recipe& recipe) {
    if (!model_->refills(layer, recipe)) return;
    auto& expected = expected_[{layer, recipe}];
    if (!expected.valid())
      expected = std::async(std::launch::async, [this, layer, recipe] {
        configure_arithmetic(1);  // several are made at once
        return weight_of(checkpoint_, checkpoint_.layers()[layer], recipe, reference_.calibration.get());
      });
  }

  /// The layers that `plan` differs in, if all can be so; none where one cannot.
  std::vector<std::size_t> replaced_by(const ResolvedPlan& plan) const {
    std::vector<std::size_t> replaced;
    for (std::size_t i = 0; i < plan.layers.size(); ++i) {
      const auto& recipe = plan.layers[i].effective;
      if (recipe == reference_.layers[i].effective) continue;
      if (!model_->refills(i, recipe)) return {};
      replaced.push_back(i);
    }
    return replaced;
  }

  /// What `work` gives while these layers are as `plan` has them.
  template <typename Work>
  auto with(const std::vector<std::size_t>& layers, const ResolvedPlan& plan, const Work& work) {
    std::vector<std::pair<std::size_t, Weight>> before;
    const auto restore = [&] {
      for (const auto& [layer, weight] : before)
        (void)model_->refill(layer, reference_.layers[layer], weight);
    };
    try {
      for (const auto layer : layers) {
        const auto& stored = plan.layers[layer];
        expect(layer, stored.effective);
        const auto weight = expected_.extract({layer, stored.effective}).mapped().get();
        before.emplace_back(layer, model_->refill(layer, stored, weight));
      }
      auto result = work();
      restore();
      return result;
    } catch (...) {
      restore();
      throw;
    }
  }

 private:
  const Checkpoint& checkpoint_;
  ResolvedPlan reference_;
  std::shared_ptr<BoundModel> model_;
  std::map<std::pair<std::size_t, Recipe>, std::future<Weight>> expected_;
};

DamageMeter::DamageMeter(const Engine& engine, const ResolvedPlan& reference,
                         const std::vector<ComparisonClip>& clips, const JobControl& control)
    : engine_(engine), clips_(clips) {
  if (engine.device().kind == Device::Kind::cuda) in_place_ = std::make_unique<InPlace>(engine, reference);
  if (!in_place_) reference_ = engine.bind(reference);
  const auto& model = reference_model();
  const JobControl stoppable{control.stop, {}};
  for (std::size_t i = 0; i < clips.size(); ++i) {
    control.at({"speaking the reference", static_cast<int>(i), static_cast<int>(clips.size())});
    auto made = engine.synthesize(model, clips[i].request, stoppable);
    references_.push_back({std::move(made.mel), std::move(made.waveform), {}});
    if (clips[i].sound && has_component(engine.checkpoint(), "speaker_encoder"))
      references_.back().embedding = engine.embed(model, *clips[i].sound, stoppable);
  }
}

DamageMeter::~DamageMeter() = default;

const BoundModel& DamageMeter::reference_model() const {
  return in_place_ ? in_place_->model() : *reference_;
}

void DamageMeter::expect(std::size_t layer, const Recipe& recipe) {
  if (in_place_) in_place_->expect(layer, recipe);
}

DamageMeter::Damages DamageMeter::operator()(const ResolvedPlan& plan, DamageKind kind,
                                             const JobControl& control, const Enough& enough) {
  const auto replaced = in_place_ ? in_place_->replaced_by(plan) : std::vector<std::size_t>();
  if (!replaced.empty() && replaced.size() <= kMostInPlace)
    return in_place_->with(replaced, plan,
                           [&] { return measured(in_place_->model(), kind, control, enough); });
  return measured(*engine_.bind(plan), kind, control, enough);
}

DamageMeter::Damages DamageMeter::measured(const BoundModel& model, DamageKind kind,
                                           const JobControl& control, const Enough& enough) const {
  const auto mel_error = [&](const BoundModel& speaking, SynthesisRequest request, std::size_t i) {
    request.last_stage = LastStage::mel;
    return relative_error(references_[i].mel, engine_.synthesize(speaking, request, control).mel);
  };
  Damages damages;
  for (std::size_t i = 0; i < clips_.size(); ++i) {
    const auto& request = clips_[i].request;
    switch (kind) {
      case DamageKind::mel: damages.clips.push_back(mel_error(model, request, i)); break;
      case DamageKind::spectrum:
        damages.clips.push_back(
            spectral_error(references_[i].waveform, engine_.synthesize(model, request, control).waveform));
        break;
      case DamageKind::tokens: {
        auto other = heard_anew(engine_, model, clips_[i], control);
        damages.clips.push_back(1 - token_agreement(request.tokens, other.tokens) / 100);
        damages.mel.push_back(mel_error(reference_model(), std::move(other), i));
        break;
      }
      case DamageKind::voice: {
        const auto other = engine_.embed(model, sound_of(clips_[i]), control);
        damages.clips.push_back(std::max(0.0, 1 - speaker_cosine(references_[i].embedding, other)));
        break;
      }
    }
    if (enough && enough(damages.clips)) break;
  }
  return damages;
}

}  // namespace octet
