#include "core/metrics/comparison.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "core/checkpoint/unused_tensors.h"
#include "core/error.h"
#include "core/kernels/arithmetic.h"
#include "core/metrics/clip_failure.h"
#include "core/plan/size.h"
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

}  // namespace

Comparison compare_runs(const Engine& engine, const std::vector<PlannedRun>& runs,
                        const std::vector<ComparisonClip>& clips, const JobControl& control,
                        Waveforms waveforms, Predictions predictions) {
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

  const ClipComparison compare(engine, runs, control, predictions);
  std::optional<Error> first_error;
  for (const auto& clip : clips) {
    report.seed = clip.request.seed;
    report.steps = clip.request.steps == 0 ? engine.default_steps() : clip.request.steps;
    const auto failure = failure_of([&] {
      auto compared = compare(clip);
      report.clips.push_back(std::move(compared.result));
      if (waveforms == Waveforms::dropped) return;
      comparison.waveforms.push_back(std::move(compared.waveforms));
      comparison.other_takes.push_back(std::move(compared.other_take));
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

}  // namespace octet
