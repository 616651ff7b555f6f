#include "core/metrics/comparison.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "core/checkpoint/unused_tensors.h"
#include "core/metrics/speaker_cosine.h"
#include "core/metrics/table.h"
#include "core/plan/size.h"
#include "core/version.h"

namespace octet {
namespace {

constexpr int kSampleRate = 24000;

RunSummary summarize(const PlannedRun& run, const Engine& engine) {
  const auto& layers = engine.checkpoint().layers();
  RunSummary summary{run.name, run.plan.name, {}};
  for (const auto& component : plan_size(layers, resolve(run.plan, layers)).components) {
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

}  // namespace

Comparison compare_runs(const Engine& engine, const std::vector<PlannedRun>& runs,
                        const std::vector<ComparisonClip>& clips, const JobControl& control) {
  const Judge judge(engine);
  std::vector<std::shared_ptr<const BoundModel>> models;
  for (const auto& run : runs) models.push_back(engine.bind(run.plan));
  const auto half = engine.bind(preset("all-base", Precision::bf16, false));

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

  for (const auto& clip : clips) {
    const auto synthesize = [&](const BoundModel& model, const std::string& who,
                                const SynthesisRequest& request) {
      const JobControl named{
          control.stop, [&](const Progress& progress) {
            if (control.report)
              control.report({clip.name + ", " + who + ": " + progress.stage, progress.done, progress.total});
          }};
      return engine.synthesize(model, request, named);
    };
    report.seed = clip.request.seed;
    report.steps = clip.request.steps == 0 ? engine.default_steps() : clip.request.steps;

    ClipResult result;
    result.name = clip.name;
    auto& waveforms = comparison.waveforms.emplace_back();
    for (std::size_t i = 0; i < runs.size(); ++i) {
      auto made = synthesize(*models[i], runs[i].name, clip.request);
      result.runs.push_back(
          {made.costs, i == 0 ? std::vector<Score>() : judge.scores(waveforms[0], made.waveform)});
      waveforms.push_back(std::move(made.waveform));
    }
    result.seconds = static_cast<double>(waveforms[0].size()) / kSampleRate;

    auto other_noise = clip.request;
    other_noise.seed += 1;
    result.floors.push_back(
        {runs[0].name + ", other noise",
         judge.scores(waveforms[0], synthesize(*models[0], "floor", other_noise).waveform)});
    result.floors.push_back(
        {"bf16, same noise", judge.scores(waveforms[0], synthesize(*half, "floor", clip.request).waveform)});
    report.clips.push_back(std::move(result));
  }
  return comparison;
}

std::vector<ComparisonClip> read_clips(const Engine& engine, const std::filesystem::path& folder,
                                       const JobControl& control) {
  std::error_code failure;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failure))
    if (const auto extension = entry.path().extension(); extension == ".wav" || extension == ".flac")
      paths.push_back(entry.path());
  if (failure)
    throw Error(ErrorKind::input, "cannot read the folder " + folder.string() + ": " + failure.message());
  if (paths.empty()) throw Error(ErrorKind::input, "there is no WAV or FLAC file in " + folder.string());
  std::ranges::sort(paths);

  const auto model = engine.bind(stored_plan(engine.checkpoint().layers(), engine.checkpoint().metadata()));
  std::vector<ComparisonClip> clips;
  for (const auto& path : paths) {
    const auto sound = read_sound(path);
    ComparisonClip clip{path.stem().string(), {}};
    clip.request.tokens = engine.tokenize(*model, sound, control);
    clip.request.voice = engine.condition(*model, sound, control);
    clips.push_back(std::move(clip));
  }
  return clips;
}

}  // namespace octet
