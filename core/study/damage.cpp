#include "core/study/damage.h"

#include <ATen/ATen.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/kernels/arithmetic.h"
#include "core/metrics/signal_pair.h"
#include "core/metrics/speaker_cosine.h"
#include "core/metrics/token_agreement.h"

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
};

namespace {

std::vector<double> none_of(const std::vector<ComparisonClip>& clips) {
  return std::vector<double>(clips.size());
}

const Sound& sound_of(const ComparisonClip& clip) {
  if (!clip.sound)
    throw Error(ErrorKind::input, clip.name + " is a captured utterance, of which there is no sound to hear");
  return *clip.sound;
}

}  // namespace

DamageMeter::DamageMeter(const Engine& engine, const ResolvedPlan& reference,
                         const std::vector<ComparisonClip>& clips, const JobControl& control)
    : engine_(engine), clips_(clips) {
  const auto model = engine.bind(reference);
  const JobControl stoppable{control.stop, {}};
  for (std::size_t i = 0; i < clips.size(); ++i) {
    control.at({"speaking the reference", static_cast<int>(i), static_cast<int>(clips.size())});
    auto made = engine.synthesize(*model, clips[i].request, stoppable);
    references_.push_back({std::move(made.mel), std::move(made.waveform)});
  }
}

DamageMeter::~DamageMeter() = default;

DamageMeter::Damages DamageMeter::operator()(const ResolvedPlan& plan, DamageKind kind,
                                             const JobControl& control) const {
  const auto model = engine_.bind(plan);
  const auto mel_error = [&](SynthesisRequest request, std::size_t i) {
    request.last_stage = LastStage::mel;
    return relative_error(references_[i].mel, engine_.synthesize(*model, request, control).mel);
  };
  Damages damages{none_of(clips_)};
  if (kind == DamageKind::tokens) damages.mel = none_of(clips_);
  for (std::size_t i = 0; i < clips_.size(); ++i) {
    const auto& request = clips_[i].request;
    auto& damage = damages.clips[i];
    switch (kind) {
      case DamageKind::mel: damage = mel_error(request, i); break;
      case DamageKind::spectrum:
        damage =
            spectral_error(references_[i].waveform, engine_.synthesize(*model, request, control).waveform);
        break;
      case DamageKind::tokens: {
        auto other = request;
        other.tokens = engine_.tokenize(*model, sound_of(clips_[i]), control);
        other.voice.prompt_token = engine_.condition(*model, sound_of(clips_[i]), control).prompt_token;
        damage = 1 - token_agreement(request.tokens, other.tokens) / 100;
        damages.mel[i] = mel_error(std::move(other), i);
        break;
      }
      case DamageKind::voice: {
        const auto other = engine_.condition(*model, sound_of(clips_[i]), control).embedding;
        damage = std::max(0.0, 1 - speaker_cosine(request.voice.embedding, other));
        break;
      }
    }
  }
  return damages;
}

}  // namespace octet
