#include "core/study/sensitivity.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/checkpoint/calibration.h"
#include "core/error.h"
#include "core/kernels/arithmetic.h"
#include "core/metrics/clip_failure.h"
#include "core/study/sensitivity_entries.h"

namespace octet {

HeardClips heard_in_base(const Engine& engine, Precision base, const std::vector<ComparisonClip>& clips,
                         double seconds, const JobControl& control) {
  const auto model = engine.bind(sensitivity_base(base));
  HeardClips heard;
  for (const auto& clip : clips) {
    const auto failure = failure_of([&] {
      auto one = clip;
      if (one.sound) {
        auto sound = *one.sound;
        const auto frames = static_cast<double>(sound.frames());
        const auto kept = static_cast<std::size_t>(std::min(frames, seconds * sound.sample_rate));
        sound.samples.resize(kept * static_cast<std::size_t>(sound.channels));
        one.request.tokens = engine.tokenize(*model, sound, control);
        one.request.voice = engine.condition(*model, sound, control);
        one.sound = std::make_shared<const Sound>(std::move(sound));
      }
      heard.clips.push_back(std::move(one));
    });
    if (failure) heard.skipped.push_back({clip.name, failure->what()});
  }
  if (heard.clips.empty())
    throw Error(ErrorKind::input, "no clip can be used; the first: " + heard.skipped.at(0).reason);
  return heard;
}

Sensitivity begin_sensitivity(const Engine& engine, const SensitivityQuestion& question,
                              const HeardClips& heard) {
  configure_arithmetic(engine.device().threads);
  Sensitivity begun;
  auto& subject = begun.subject;
  static_cast<StudySubject&>(subject) = subject_of(engine, heard.clips);
  subject.question = question;
  if (question.calibration) subject.calibration_sha256 = question.calibration->sha256();
  begun.skipped = heard.skipped;
  const auto all = entries_of(engine.checkpoint().layers(), question, begun.warnings);
  if (all.empty())
    throw Error(ErrorKind::usage, "no layer would be stored in another way than it is",
                "ask for another --precision, --method or --base");
  begun.entries = shard_of(all, question.shard).size();
  return begun;
}

Sensitivity merged(std::vector<Sensitivity> parts) {
  if (parts.empty()) throw Error(ErrorKind::usage, "there is nothing to merge");
  const auto all = static_cast<std::size_t>(parts.front().subject.question.shard.parts);
  std::ranges::sort(parts, {}, [](const Sensitivity& one) { return one.subject.question.shard.part; });
  std::size_t entries = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto& shard = parts[i].subject.question.shard;
    if (parts.size() != all || shard != Shard{static_cast<int>(i) + 1, static_cast<int>(all)})
      throw Error(ErrorKind::usage,
                  fmt::format("{} files are not the shards 1 to {} of one study", parts.size(), all),
                  "give each shard once");
    if (parts[i].layers.size() != parts[i].entries)
      throw Error(ErrorKind::usage,
                  fmt::format("shard {}/{} is not done: it has {} of {} layers", i + 1, all,
                              parts[i].layers.size(), parts[i].entries),
                  "go on with it first: the same command that began it");
    entries += parts[i].entries;
  }
  auto whole = parts.front();
  whole.subject.question.shard = {};
  whole.entries = entries;
  whole.layers.clear();
  for (std::size_t i = 0; i < entries; ++i) whole.layers.push_back(parts[i % all].layers.at(i / all));
  return whole;
}

}  // namespace octet
