#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>
#include <set>

#include "core/audio/sound_file.h"
#include "core/error.h"
#include "core/metrics/clip_failure.h"
#include "core/metrics/speaker_cosine.h"
#include "core/s3gen/format.h"
#include "core/sets/reference_set.h"
#include "core/study/risk.h"
#include "core/study/risk_blame.h"
#include "core/study/risk_clips.h"
#include "core/synthesis/captured.h"

namespace octet {
namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

using Embeddings = std::vector<std::vector<float>>;
namespace fs = std::filesystem;

/// A sound that encoders hear: a clip's, or another of its set's.
struct Voice {
  const ComparisonClip* clip = nullptr;  ///< nullptr: of the set
  fs::path folder = {};                  ///< of the set
  SetClip described = {};                ///< in the set; nothing is known of others
};

std::vector<Voice> voices_of(const std::vector<ComparisonClip>& clips) {
  std::map<fs::path, ReferenceSet> sets;
  std::vector<Voice> voices;
  std::set<fs::path> taken;
  for (const auto& clip : clips) {
    if (!clip.sound) continue;
    Voice voice{.clip = &clip};
    const auto folder = clip.file.parent_path();
    if (is_reference_set(folder)) {
      if (!sets.contains(folder)) sets.emplace(folder, read_set(folder));
      const auto& described = sets.at(folder).clips;
      const auto found = std::ranges::find(described, clip.file.filename().string(), &SetClip::file);
      if (found != described.end()) voice.described = *found;
    }
    voices.push_back(voice);
    taken.insert(clip.file);
  }
  if (voices.empty())
    throw Error(ErrorKind::input, "no sound is kept of these clips, so that no voice can be taken from them",
                "take a folder of sound files");
  for (const auto& [folder, set] : sets)
    for (const auto& described : set.clips)
      if (!taken.contains(folder / described.file) && !is_captured_utterance(folder / described.file))
        voices.push_back({.folder = folder, .described = described});
  return voices;
}

std::shared_ptr<const BoundModel> all_int8(const Engine& engine) {
  auto plan = preset("all-base", Precision::fp32, /*include_tokenizer=*/false);
  plan.rules.push_back(
      {.match = "speaker_encoder.*", .choice = {.precision = Precision::int8, .force = true}});
  return engine.bind(plan);
}

/// Cosines of an encoder with the reference's, and of pairs of sounds whose speakers are known.
SpeakerRisk::Encoder compared(const std::string& name, const Embeddings& reference, const Embeddings& own,
                              const std::vector<std::string>& speakers) {
  SpeakerRisk::Encoder encoder{
      .name = name, .lowest = 1, .same_speaker = kUnknown, .other_speaker = kUnknown};
  for (std::size_t i = 0; i < own.size(); ++i) {
    const double cosine = speaker_cosine(reference[i], own[i]);
    encoder.cosine += cosine / static_cast<double>(own.size());
    encoder.lowest = std::min(cosine, encoder.lowest);
    for (std::size_t j = 0; j < i; ++j) {
      if (speakers[i].empty() || speakers[j].empty()) continue;
      const double pair = speaker_cosine(own[i], own[j]);
      // fmin and fmax take the other where one is NaN.
      if (speakers[i] == speakers[j])
        encoder.same_speaker = std::fmin(encoder.same_speaker, pair);
      else
        encoder.other_speaker = std::fmax(encoder.other_speaker, pair);
    }
  }
  return encoder;
}

void count_pairs(const std::vector<std::string>& speakers, SpeakerRisk& risk) {
  for (std::size_t i = 0; i < speakers.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (!speakers[i].empty() && !speakers[j].empty())
        ++(speakers[i] == speakers[j] ? risk.same_pairs : risk.other_pairs);
}

/// What all encoders make of all voices; the first of them is the reference. One sound is held at a time.
Embeddings compare_encoders(const Engine& engine, const RiskModels& models, const std::vector<Voice>& voices,
                            const JobControl& control, SpeakerRisk& risk) {
  const std::vector<std::pair<std::string, std::shared_ptr<const BoundModel>>> encoders{
      {"fp32", models.reference}, {"bf16", models.bf16}, {"int8", all_int8(engine)}, {"plan", models.plan}};
  std::vector<Embeddings> all(encoders.size());
  std::vector<std::string> speakers;
  const auto hear = [&](const Sound& sound, const std::string& speaker) {
    Embeddings found;
    for (const auto& [name, model] : encoders)
      found.push_back(engine.embed(*model, sound, {control.stop, {}}));
    for (std::size_t i = 0; i < all.size(); ++i) all[i].push_back(std::move(found[i]));
    speakers.push_back(speaker);
  };
  for (std::size_t i = 0; i < voices.size(); ++i) {
    control.at({"speaker encoder", static_cast<int>(i), static_cast<int>(voices.size())});
    const auto& [clip, folder, described] = voices[i];
    if (clip) {
      hear(*clip->sound, described.speaker);
      continue;
    }
    const auto failure = failure_of([&] {
      check_clip(folder, described);
      hear(read_sound(folder / described.file), described.speaker);
    });
    if (failure) risk.left_out.push_back(fmt::format("{}: {}", described.file, failure->what()));
  }
  for (std::size_t i = 0; i < all.size(); ++i)
    risk.encoders.push_back(compared(encoders[i].first, all.front(), all[i], speakers));
  risk.sounds = static_cast<int>(speakers.size());
  count_pairs(speakers, risk);
  return all.front();
}

}  // namespace

SpeakerRisk risk_of_speaker(const Engine& engine, const ResolvedPlan& plan,
                            const std::vector<ComparisonClip>& clips, const JobControl& control) {
  const auto voices = voices_of(clips);
  const auto spoken = std::ranges::count_if(voices, [](const auto& voice) { return voice.clip != nullptr; });
  const RiskModels models(engine, plan);
  const JobControl quiet{control.stop, {}};
  const auto embedding = [&](const BoundModel& model, const Sound& sound) {
    return engine.embed(model, sound, quiet);
  };
  SpeakerRisk risk;
  const auto reference = compare_encoders(engine, models, voices, control, risk);
  for (std::size_t i = 0; i < static_cast<std::size_t>(spoken); ++i) {
    control.at({"voices", static_cast<int>(i), static_cast<int>(spoken)});
    const auto& clip = *voices[i].clip;
    const auto heard = [&](const BoundModel& model, const SynthesisRequest& request) {
      return embedding(*models.reference,
                       {s3gen::kSampleRate, 1, models.speak(model, request, control).waveform});
    };
    auto fresh = clip.request;
    fresh.voice = engine.condition(*models.plan, *clip.sound, quiet);
    const auto right = heard(*models.reference, clip.request);
    const double share = 1 / static_cast<double>(spoken);
    risk.cached += share * speaker_cosine(right, heard(*models.plan, clip.request));
    risk.fresh += share * speaker_cosine(right, heard(*models.plan, fresh));
  }
  risk.blamed = blame(models, "speaker_encoder.", control, [&](const BoundModel& model) {
    return 1 - speaker_cosine(reference.front(), embedding(model, *voices.front().clip->sound));
  });
  return risk;
}

std::vector<std::string> doubts(const SpeakerRisk& risk) {
  std::vector<std::string> said;
  said.reserve(risk.left_out.size() + 1);
  for (const auto& left_out : risk.left_out) said.push_back("left out of the margin: " + left_out);
  const auto lacks = [&](const char* what) {
    said.push_back(fmt::format("no margin between speakers can be told of {} sounds: {}", risk.sounds, what));
  };
  if (risk.same_pairs + risk.other_pairs == 0)
    lacks("nothing says who speaks in two of them; a reference set does (octet set new)");
  else if (risk.other_pairs == 0)
    lacks("their set has one speaker only");
  else if (risk.same_pairs == 0)
    lacks("no two are of one speaker");
  return said;
}

}  // namespace octet
