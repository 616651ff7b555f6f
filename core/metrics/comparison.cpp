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
#include "core/metrics/clip_failure.h"
#include "core/plan/size.h"
#include "core/synthesis/captured.h"
#include "core/synthesis/voice_check.h"
#include "core/version.h"

namespace octet {
namespace {

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
                        const std::vector<ComparisonClip>& clips, const JobControl& control,
                        Waveforms waveforms) {
  configure_arithmetic(engine.device().threads);  // of the measures too
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

  const ClipComparison compare(engine, runs, control);
  std::optional<Error> first_error;
  for (const auto& clip : clips) {
    report.seed = clip.request.seed;
    report.steps = clip.request.steps == 0 ? engine.default_steps() : clip.request.steps;
    const auto failure = failure_of([&] {
      auto compared = compare(clip);
      report.clips.push_back(std::move(compared.result));
      if (waveforms == Waveforms::kept) comparison.waveforms.push_back(std::move(compared.waveforms));
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
      auto sound = std::make_shared<const Sound>(read_sound(path));
      clip.request.tokens = engine.tokenize(*model, *sound, control);
      clip.request.voice = engine.condition(*model, *sound, control);
      warn(sound->notices);
      warn(doubts(*sound, path.string()));
      clip.sound = std::move(sound);
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
