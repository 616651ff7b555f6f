#include <algorithm>
#include <cmath>
#include <limits>

#include "core/audio/sound_file.h"
#include "core/error.h"
#include "core/metrics/speaker_cosine.h"
#include "core/s3gen/format.h"
#include "core/study/risk.h"
#include "core/study/risk_blame.h"
#include "core/study/risk_clips.h"

namespace octet {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

using Embeddings = std::vector<std::vector<float>>;

/// A clip that a sound is kept of, and who speaks in it, empty where that is not known.
struct Voice {
  const ComparisonClip* clip = nullptr;
  std::string speaker;
};

std::vector<Voice> voices_of(const std::vector<ComparisonClip>& clips,
                             const std::vector<std::string>& speakers) {
  std::vector<Voice> voices;
  for (std::size_t i = 0; i < clips.size(); ++i)
    if (clips[i].sound) voices.push_back({&clips[i], i < speakers.size() ? speakers[i] : ""});
  if (voices.empty())
    throw Error(ErrorKind::input, "no sound is kept of these clips, so that no voice can be taken from them",
                "take a folder of sound files");
  return voices;
}

std::shared_ptr<const BoundModel> all_int8(const Engine& engine) {
  auto plan = preset("all-base", Precision::fp32, /*include_tokenizer=*/false);
  plan.rules.push_back(
      {.match = "speaker_encoder.*", .choice = {.precision = Precision::int8, .force = true}});
  return engine.bind(plan);
}

/// Cosines of an encoder with the reference's, and of pairs of clips whose speakers are known.
SpeakerRisk::Encoder compared(const std::string& name, const Embeddings& reference, const Embeddings& own,
                              const std::vector<Voice>& voices) {
  SpeakerRisk::Encoder encoder{
      .name = name, .lowest = 1, .same_speaker = kUnknown, .other_speaker = kUnknown};
  for (std::size_t i = 0; i < own.size(); ++i) {
    const double cosine = speaker_cosine(reference[i], own[i]);
    encoder.cosine += cosine / static_cast<double>(own.size());
    encoder.lowest = std::min(cosine, encoder.lowest);
    for (std::size_t j = 0; j < i; ++j) {
      if (voices[i].speaker.empty() || voices[j].speaker.empty()) continue;
      const double pair = speaker_cosine(own[i], own[j]);
      // fmin and fmax take the other where one is NaN.
      if (voices[i].speaker == voices[j].speaker)
        encoder.same_speaker = std::fmin(encoder.same_speaker, pair);
      else
        encoder.other_speaker = std::fmax(encoder.other_speaker, pair);
    }
  }
  return encoder;
}

void count_pairs(const std::vector<Voice>& voices, SpeakerRisk& risk) {
  for (std::size_t i = 0; i < voices.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (!voices[i].speaker.empty() && !voices[j].speaker.empty())
        ++(voices[i].speaker == voices[j].speaker ? risk.same_pairs : risk.other_pairs);
}

}  // namespace

SpeakerRisk risk_of_speaker(const Engine& engine, const ResolvedPlan& plan,
                            const std::vector<ComparisonClip>& clips,
                            const std::vector<std::string>& speakers, const JobControl& control) {
  const auto voices = voices_of(clips, speakers);
  const RiskModels models(engine, plan);
  const JobControl quiet{control.stop, {}};
  const auto embedding = [&](const BoundModel& model, const Sound& sound) {
    return engine.embed(model, sound, quiet);
  };
  SpeakerRisk risk;
  Embeddings reference;
  for (const auto& [name, model] : {std::pair("fp32", models.reference), std::pair("bf16", models.bf16),
                                    std::pair("int8", all_int8(engine)), std::pair("plan", models.plan)}) {
    Embeddings own;
    for (const auto& voice : voices) {
      control.at({"speaker encoder", static_cast<int>(own.size()), static_cast<int>(voices.size())});
      own.push_back(embedding(*model, *voice.clip->sound));
    }
    if (reference.empty()) reference = own;
    risk.encoders.push_back(compared(name, reference, own, voices));
  }
  count_pairs(voices, risk);

  for (std::size_t i = 0; i < voices.size(); ++i) {
    control.at({"voices", static_cast<int>(i), static_cast<int>(voices.size())});
    const auto heard = [&](const BoundModel& model, const SynthesisRequest& request) {
      return embedding(*models.reference,
                       {s3gen::kSampleRate, 1, models.speak(model, request, control).waveform});
    };
    const auto& cached = voices[i].clip->request;
    auto fresh = cached;
    fresh.voice = engine.condition(*models.plan, *voices[i].clip->sound, quiet);
    const auto right = heard(*models.reference, cached);
    const double share = 1 / static_cast<double>(voices.size());
    risk.cached += share * speaker_cosine(right, heard(*models.plan, cached));
    risk.fresh += share * speaker_cosine(right, heard(*models.plan, fresh));
  }
  risk.blamed = blame(models, "speaker_encoder.", control, [&](const BoundModel& model) {
    return 1 - speaker_cosine(reference.front(), embedding(model, *voices.front().clip->sound));
  });
  return risk;
}

}  // namespace octet
