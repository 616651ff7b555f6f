#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/numbers.h"
#include "app/cli/outputs.h"
#include "core/calibration/calibrate.h"
#include "core/checkpoint/components.h"
#include "core/metrics/clip_folder.h"
#include "core/metrics/comparison.h"
#include "core/plan/method_plans.h"
#include "core/study/predicted_mos_alarm.h"
#include "core/synthesis/weight_error.h"

namespace octet::cli {

namespace {

/// Throws where clips are missing from the report, naming them.
void check_all_compared(const Report& report) {
  if (report.skipped.empty()) return;
  std::string which;
  for (const auto& clip : report.skipped) which += "\n       " + clip.name + ": " + clip.reason;
  throw Error(ErrorKind::check_failed, std::to_string(report.skipped.size()) + " of " +
                                           std::to_string(report.skipped.size() + report.clips.size()) +
                                           " clips could not be compared:" + which);
}

/// The plan, all-int8 over fp32 when none is given, without int8 and by each method.
std::vector<ResolvedPlan> methods_of(const std::vector<ResolvedPlan>& given, const LayerTable& layers,
                                     const std::shared_ptr<const Calibration>& calibration) {
  const auto plan = given.empty() ? preset("all-int8", Precision::fp32, false) : given.front().plan;
  std::vector<ResolvedPlan> resolved{resolve(without_int8(plan), layers)};
  for (const auto& by_method : by_each_method(plan, calibration.get()))
    resolved.push_back(resolve(by_method, layers, calibration));
  return resolved;
}

}  // namespace

void add_compare(CLI::App& app, const Globals& globals) {
  struct Options {
    std::string checkpoint, clips, calibration;
    std::vector<std::string> plans;
    int steps = 0;
    bool methods = false;
    Predictions predictions = Predictions::left_out;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "compare",
      "Measures plans against each other on one or many clips, beside what is noise.\n"
      "Example: octet compare s3gen.safetensors --plan all-base --plan seed --clips clips");
  command->add_option("CKPT", options->checkpoint, "checkpoint or export")->required();
  command->add_option("--plan", options->plans, "plan file or preset; the first is the reference")
      ->expected(1)
      ->take_all();
  command->add_flag("--methods", options->methods,
                    "every method of int8 in one table, for the int8 layers of one plan");
  add_calibration_option(*command, options->calibration);
  command->add_option("--clips", options->clips, "folder of sound files; the demo set when not given");
  add_predictions_option(*command, options->predictions);
  command->add_option("--steps", options->steps, "Euler steps")->check(whole_number(1, 50));
  command->callback([options, &globals] {
    if (options->methods ? options->plans.size() > 1 : options->plans.size() < 2)
      throw Error(ErrorKind::usage,
                  options->methods ? "--methods takes one plan" : "a comparison needs two plans",
                  options->methods ? "give --plan once" : "give --plan twice");
    Paths read{options->checkpoint, options->calibration};
    for (const auto& named : options->plans) read.push_back(plan_path(named));
    check_places(globals, {}, read);
    const auto checkpoint = open_checkpoint(options->checkpoint, globals);
    require_speech(*checkpoint);
    require_components(*checkpoint, {"tokenizer", "speaker_encoder", "flow", "mel2wav"});
    const auto engine = start_engine(checkpoint, globals);
    ProgressBar bar(globals);
    std::vector<PlannedRun> runs;
    Warnings warnings;
    const auto calibration = open_calibration(options->calibration, *checkpoint);
    std::vector<ResolvedPlan> plans;
    for (const auto& named : options->plans)
      plans.push_back(open_plan_for(*checkpoint, named, globals, calibration));
    if (options->methods) plans = methods_of(plans, checkpoint->layers(), calibration);
    warnings.say(unused_calibration(calibration.get(), plans));
    for (auto& plan : plans) {
      warnings.say(plan.warnings);
      runs.push_back({std::string(1, static_cast<char>('A' + runs.size())), std::move(plan)});
    }
    auto folder = open_clips(engine, options->clips, kAllClips, options->steps, globals, bar.control());
    if (calibration) warnings.say(heard_before(*calibration, folder.clips));
    std::vector<std::shared_ptr<const BoundModel>> weighed;  // held: what is compared shares their weights
    std::vector<double> weight_snrs;
    for (std::size_t i = 0; options->methods && i < runs.size(); ++i) {
      weighed.push_back(engine.bind(runs[i].plan));
      weight_snrs.push_back(int8_weight_error(*weighed.back(), bar.control()).decibels());
    }
    auto report =
        compare_runs(engine, runs, folder.clips, bar.control(), Waveforms::dropped, options->predictions)
            .report;
    report.skipped.insert(report.skipped.begin(), folder.skipped.begin(), folder.skipped.end());
    warnings.say(folder.warnings);
    warnings.say(predicted_mos_alarms(report));
    report.warnings.insert(report.warnings.end(), warnings.said().begin(), warnings.said().end());
    for (std::size_t i = 1; i < weight_snrs.size(); ++i) report.runs[i].int8_weight_snr = weight_snrs[i];
    print(globals.json ? to_json(report) : options->methods ? to_methods_table(report) : to_table(report));
    check_all_compared(report);
  });
}

}  // namespace octet::cli
