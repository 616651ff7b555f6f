#include "core/study/sensitivity.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "core/checkpoint/calibration.h"
#include "core/error.h"
#include "core/kernels/arithmetic.h"
#include "core/metrics/clip_failure.h"
#include "core/plan/edit.h"
#include "core/plan/glob.h"
#include "core/plan/size.h"
#include "core/quant/methods.h"

namespace octet {
namespace {

/// Weights that are made ahead of those that are measured.
constexpr std::size_t kAhead = 8;

PrecisionPlan base_plan(Precision base) { return preset("all-base", base, /*include_tokenizer=*/false); }

std::string in_words(const Choice& choice) {
  return choice.precision == Precision::int8 ? to_string(MethodVariant{choice.method, choice.options})
                                             : std::string(to_string(choice.precision));
}

/// Every layer that may be rounded, asked to be stored so.
ResolvedPlan everywhere(const LayerTable& layers, const SensitivityQuestion& question, Choice choice) {
  auto plan = base_plan(question.base);
  choice.force = true;
  for (const auto& layer : layers)
    if (layer.quantizable()) plan.layers[layer.name] = choice;
  return resolve(plan, layers, question.calibration);
}

/// A layer and how it is to be stored, before it is measured.
struct Candidate {
  std::size_t layer;  ///< in the table
  LayerDamage entry;
  Resolution stored;
};

std::vector<Candidate> candidates_of(const LayerTable& layers, const SensitivityQuestion& question,
                                     std::vector<std::string>& warnings) {
  const Glob glob(question.layers);
  std::vector<std::size_t> called;
  for (std::size_t i = 0; i < layers.size(); ++i)
    if (layers[i].quantizable() && glob.matches(layers[i].name)) called.push_back(i);
  if (called.empty())
    throw Error(ErrorKind::input,
                fmt::format("no layer whose weight can be rounded is called {}", question.layers),
                "octet inspect CKPT --layers lists the names");

  const auto base = resolve(base_plan(question.base), layers);
  std::vector<ResolvedPlan> asked;
  asked.reserve(question.choices.size());
  for (const auto& choice : question.choices) asked.push_back(everywhere(layers, question, choice));
  std::vector<Candidate> candidates;
  std::vector<int> refused(asked.size());
  for (const auto i : called)
    for (std::size_t j = 0; j < asked.size(); ++j) {
      const auto& choice = question.choices[j];
      const auto& stored = asked[j].layers[i];
      if (stored.effective.storage != choice.precision || stored.effective.method != choice.method)
        ++refused[j];
      else if (stored.effective != base.layers[i].effective)
        candidates.push_back(
            {i,
             {layers[i].name, choice, damage_kind(layers[i]), written_bytes(layers[i], stored.effective),
              written_bytes(layers[i], base.layers[i].effective)},
             stored});
    }
  for (std::size_t j = 0; j < refused.size(); ++j)
    if (refused[j] > 0)
      warnings.push_back(fmt::format("{} layers do not take {} and are left out", refused[j],
                                     in_words(question.choices[j])));
  return candidates;
}

/// Those of the question's shard.
std::vector<Candidate> shard_of(const std::vector<Candidate>& all, const Shard& shard) {
  std::vector<Candidate> own;
  for (auto i = static_cast<std::size_t>(shard.part - 1); i < all.size();
       i += static_cast<std::size_t>(shard.parts))
    own.push_back(all[i]);
  return own;
}

}  // namespace

HeardClips heard_in_base(const Engine& engine, Precision base, const std::vector<ComparisonClip>& clips,
                         double seconds, const JobControl& control) {
  const auto model = engine.bind(base_plan(base));
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
  const auto all = candidates_of(engine.checkpoint().layers(), question, begun.warnings);
  if (all.empty())
    throw Error(ErrorKind::usage, "no layer would be stored in another way than it is",
                "ask for another --precision, --method or --base");
  begun.entries = shard_of(all, question.shard).size();
  return begun;
}

Sensitivity measure_sensitivity(const Engine& engine, Sensitivity begun,
                                const std::vector<ComparisonClip>& clips, const JobControl& control,
                                const std::function<void(const Sensitivity&)>& keep) {
  auto study = std::move(begun);
  const auto& layers = engine.checkpoint().layers();
  const auto& question = study.subject.question;
  std::vector<std::string> said_before;
  const auto candidates = shard_of(candidates_of(layers, question, said_before), question.shard);
  const auto all = static_cast<int>(candidates.size());
  if (study.layers.size() == candidates.size()) return study;

  const auto base = resolve(base_plan(question.base), layers, question.calibration);
  DamageMeter meter(engine, base, clips, control);
  auto plan = base;
  constexpr auto kNone = std::numeric_limits<double>::quiet_NaN();
  for (auto i = study.layers.size(); i < candidates.size(); ++i) {
    const Progress before{"measuring layers", static_cast<int>(i), all};
    const JobControl within{control.stop, [&](const Progress&) { control.at(before); }};
    control.at(before);
    for (auto j = i; j < std::min(i + kAhead, candidates.size()); ++j)
      meter.expect(candidates[j].layer, candidates[j].stored.effective);
    auto entry = candidates[i].entry;
    const auto layer = candidates[i].layer;
    plan.layers[layer] = candidates[i].stored;
    plan.plan.name = fmt::format("{} with {} as {}", base.plan.name, entry.layer, in_words(entry.choice));
    try {
      entry.clips = meter(plan, entry.kind, within);
      const auto& values = entry.clips.clips;
      entry.damage = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::input) throw;
      entry.clips = {};
      entry.damage = kNone;
      entry.fault = error.what();
    }
    plan.layers[layer] = base.layers[layer];
    study.layers.push_back(std::move(entry));
    keep(study);
  }
  control.at({"measuring layers", all, all});
  return study;
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
