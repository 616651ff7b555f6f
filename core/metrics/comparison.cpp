#include "core/metrics/comparison.h"

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/audio/sound_doubts.h"
#include "core/audio/sound_folder.h"
#include "core/checkpoint/unused_tensors.h"
#include "core/error.h"
#include "core/kernels/arithmetic.h"
#include "core/metrics/speaker_cosine.h"
#include "core/metrics/table.h"
#include "core/plan/edit.h"
#include "core/plan/size.h"
#include "core/s3gen/format.h"
#include "core/synthesis/captured.h"
#include "core/synthesis/voice_check.h"
#include "core/version.h"

namespace octet {
namespace {

using s3gen::kSampleRate;

RunSummary summarize(const PlannedRun& run, const Engine& engine) {
  const auto& layers = engine.checkpoint().layers();
  RunSummary summary{run.name, run.plan.plan.name, {}};
  for (const auto& component : plan_size(layers, run.plan).components) {
    const auto count = std::ranges::count(layers, component.component, &Layer::component);
    summary.components.push_back({component.component, static_cast<int>(count),
                                  static_cast<int>(component.int8_layers), component.parameters,
                                  component.bytes});
  }
  return summary;
}

/// Measures one waveform against another; embeddings where the checkpoint can make them.
class Judge {
 public:
  explicit Judge(const Engine& engine) : engine_(engine), model_(engine.bind(as_stored(engine))) {
    const auto& parts = engine.checkpoint().components();
    hears_speakers_ = std::ranges::find(parts, "speaker_encoder") != parts.end() &&
                      std::ranges::find(parts, "tokenizer") != parts.end();
  }

  std::vector<Score> scores(const std::vector<float>& reference, const std::vector<float>& test) const {
    std::vector<Score> all;
    for (const auto& measure : measures()) {
      double value = 0;
      if (measure.compute)
        value = measure.compute(reference, test, kSampleRate);
      else
        value = speaker_cosine(embedding(reference), embedding(test));
      all.push_back({std::string(measure.id), value});
    }
    return all;
  }

 private:
  static PrecisionPlan as_stored(const Engine& engine) {
    return stored_plan(engine.checkpoint().layers(), engine.checkpoint().metadata());
  }

  std::vector<float> embedding(const std::vector<float>& waveform) const {
    if (!hears_speakers_) return {};
    return engine_.condition(*model_, {kSampleRate, 1, waveform}, {}).embedding;
  }

  const Engine& engine_;
  std::shared_ptr<const BoundModel> model_;
  bool hears_speakers_ = false;
};

/// A run bound to its plan.
struct Voiced {
  std::string name;
  std::shared_ptr<const BoundModel> model;
};

/// Whether two plans come to the same computation.
bool same_computation(const ResolvedPlan& a, const ResolvedPlan& b) {
  return a.plan.base == b.plan.base && same_effect(a, b);
}

/// Speaks one clip with all runs, measures them, and makes their floors.
class ClipComparison {
 public:
  ClipComparison(const Engine& engine, const Judge& judge, const std::vector<Voiced>& runs,
                 const JobControl& control)
      : engine_(engine), judge_(judge), runs_(runs), control_(control) {}

  struct Compared {
    ClipResult result;
    std::vector<std::vector<float>> waveforms;  ///< [run]
  };

  Compared compare(const ComparisonClip& clip) const {
    Compared compared;
    auto& [result, waveforms] = compared;
    result.name = clip.name;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      auto made = synthesize(*runs_[i].model, clip, runs_[i].name, clip.request);
      result.runs.push_back({made.costs,
                             i == 0 ? std::vector<Score>() : judge_.scores(waveforms[0], made.waveform),
                             made.seconds});
      waveforms.push_back(std::move(made.waveform));
    }
    result.seconds = static_cast<double>(waveforms[0].size()) / kSampleRate;
    result.floors = {other_noise(clip, waveforms[0]), half_precision(clip, waveforms)};
    return compared;
  }

 private:
  Synthesis synthesize(const BoundModel& model, const ComparisonClip& clip, const std::string& who,
                       const SynthesisRequest& request) const {
    const JobControl named{
        control_.stop, [&](const Progress& progress) {
          if (control_.report)
            control_.report({clip.name + ", " + who + ": " + progress.stage, progress.done, progress.total});
        }};
    return engine_.synthesize(model, request, named);
  }

  FloatFloor other_noise(const ComparisonClip& clip, const std::vector<float>& reference) const {
    auto request = clip.request;
    request.seed += 1;
    request.noise.clear();  // given draws would be the same again
    const auto& run = runs_.front();
    const auto test = synthesize(*run.model, clip, "floor", request).waveform;
    return {run.name + ", other noise", judge_.scores(reference, test),
            clip.request.noise.empty() ? fmt::format("{}, seed {}", run.name, clip.request.seed)
                                       : fmt::format("{}, the draws that were captured", run.name),
            fmt::format("{}, seed {}", run.name, request.seed)};
  }

  FloatFloor half_precision(const ComparisonClip& clip,
                            const std::vector<std::vector<float>>& waveforms) const {
    // What a run has spoken already need not be spoken again.
    const auto speak = [&](Precision precision) {
      const auto model = engine_.bind(preset("all-base", precision, /*include_tokenizer=*/false));
      for (std::size_t i = 0; i < runs_.size(); ++i)
        if (same_computation(resolved_plan(*runs_[i].model), resolved_plan(*model))) return waveforms[i];
      return synthesize(*model, clip, "floor", clip.request).waveform;
    };
    const auto said = [&](const char* precision) {
      return clip.request.noise.empty()
                 ? fmt::format("every layer in {}, seed {}", precision, clip.request.seed)
                 : fmt::format("every layer in {}, the draws that were captured", precision);
    };
    return {"bf16 against fp32", judge_.scores(speak(Precision::fp32), speak(Precision::bf16)), said("fp32"),
            said("bf16")};
  }

  const Engine& engine_;
  const Judge& judge_;
  const std::vector<Voiced>& runs_;
  const JobControl& control_;
};

/// Does `work`; the error of input or device that ended it, where one did. Others are thrown on.
template <typename Work>
std::optional<Error> failure_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input && error.kind() != ErrorKind::device) throw;
    return error;
  }
  return {};
}

std::vector<std::string> passed_over(const std::filesystem::path& folder,
                                     const std::vector<std::string>& names) {
  if (names.empty()) return {};
  return {fmt::format("{}: passed over {} that {} no sound: {}", folder.string(), names.size(),
                      names.size() == 1 ? "is" : "are", fmt::join(names, ", "))};
}

/// Its stem, or its whole name where another sound of the folder has the same stem.
std::string clip_name(const std::filesystem::path& path, const std::vector<std::filesystem::path>& all) {
  const auto same = std::ranges::count(all, path.stem(), [](const auto& other) { return other.stem(); });
  return (same == 1 ? path.stem() : path.filename()).string();
}

}  // namespace

Comparison compare_runs(const Engine& engine, const std::vector<PlannedRun>& runs,
                        const std::vector<ComparisonClip>& clips, const JobControl& control) {
  configure_arithmetic(engine.device().threads);  // of the measures too
  const Judge judge(engine);
  std::vector<Voiced> voiced;
  voiced.reserve(runs.size());
  for (const auto& run : runs) voiced.push_back({run.name, engine.bind(run.plan)});

  Comparison comparison;
  auto& report = comparison.report;
  report.octet_version = version();
  report.checkpoint = engine.checkpoint().path().filename().string();
  report.checkpoint_sha256 = engine.checkpoint().source_sha256();
  report.variant = to_string(engine.checkpoint().variant());
  report.device = describe(engine.device());
  report.threads = at::get_num_threads();
  report.warnings = unused_warnings(engine.checkpoint().unexpected());
  for (const auto& run : runs) report.runs.push_back(summarize(run, engine));

  const ClipComparison comparing(engine, judge, voiced, control);
  std::optional<Error> first_error;
  for (const auto& clip : clips) {
    report.seed = clip.request.seed;
    report.steps = clip.request.steps == 0 ? engine.default_steps() : clip.request.steps;
    const auto failure = failure_of([&] {
      auto compared = comparing.compare(clip);
      report.clips.push_back(std::move(compared.result));
      comparison.waveforms.push_back(std::move(compared.waveforms));
    });
    if (!failure) continue;
    // What ends the first two clips alike is the model's or the machine's, and would end all others.
    if (report.clips.empty() && first_error && std::string(first_error->what()) == failure->what())
      throw *failure;
    report.skipped.push_back({clip.name, failure->what()});
    if (!first_error) first_error = failure;
  }
  if (report.clips.empty() && first_error) throw *first_error;
  return comparison;
}

namespace {

ClipFolder clips_of_captured(const Engine& engine, const std::vector<std::filesystem::path>& folders) {
  ClipFolder found;
  std::optional<Error> first_error;
  for (const auto& folder : folders) {
    const auto failure = failure_of([&] {
      auto [name, request, meanflow, notices] = read_captured(folder);
      if (meanflow != (engine.checkpoint().variant() == Variant::meanflow))
        throw Error(ErrorKind::input, "it was not spoken by a model of this variant");
      auto checked = check_voice(std::move(request.voice), folder.string());
      request.voice = std::move(checked.voice);
      for (const auto& warnings : {notices, checked.warnings})
        found.warnings.insert(found.warnings.end(), warnings.begin(), warnings.end());
      found.clips.push_back({name, std::move(request)});
    });
    if (!failure) continue;
    found.skipped.push_back({folder.filename().string(), failure->what()});
    if (!first_error) first_error = failure;
  }
  if (found.clips.empty()) throw *first_error;
  return found;
}

}  // namespace

ClipFolder read_clips(const Engine& engine, const std::filesystem::path& folder, const JobControl& control) {
  if (const auto captured = captured_utterances(folder); !captured.empty())
    return clips_of_captured(engine, captured);
  const auto listed = list_sounds(folder);
  if (listed.sounds.empty())
    throw Error(ErrorKind::input, "there is no sound in " + folder.string(),
                listed.passed_over.empty() ? "" : passed_over(folder, listed.passed_over).front());
  ClipFolder found{{}, {}, passed_over(folder, listed.passed_over)};
  const auto warn = [&](const std::vector<std::string>& warnings) {
    found.warnings.insert(found.warnings.end(), warnings.begin(), warnings.end());
  };

  const auto& parts = engine.checkpoint().components();
  for (const auto* needed : {"tokenizer", "speaker_encoder"})
    if (std::ranges::find(parts, needed) == parts.end())
      throw Error(ErrorKind::input, fmt::format("{} has no {}", engine.checkpoint().path().string(), needed),
                  "clips are heard through it: use the full checkpoint");

  const auto model = engine.bind(stored_plan(engine.checkpoint().layers(), engine.checkpoint().metadata()));
  std::optional<Error> first_error;
  for (const auto& path : listed.sounds) {
    ComparisonClip clip{clip_name(path, listed.sounds), {}};
    const auto failure = failure_of([&] {
      const auto sound = read_sound(path);
      clip.request.tokens = engine.tokenize(*model, sound, control);
      clip.request.voice = engine.condition(*model, sound, control);
      warn(sound.notices);
      warn(doubts(sound, path.string()));
      found.clips.push_back(clip);
    });
    if (!failure) continue;
    found.skipped.push_back({clip.name, failure->what()});
    if (!first_error) first_error = failure;
  }
  if (found.clips.empty()) {
    throw Error(first_error->kind(),
                fmt::format("none of the {} sounds in {} can be used; the first: {}", listed.sounds.size(),
                            folder.string(), first_error->what()),
                first_error->hint());
  }
  return found;
}

}  // namespace octet
