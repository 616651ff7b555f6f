#include <iterator>

#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/numbers.h"
#include "app/cli/outputs.h"
#include "core/calibration/calibrate.h"
#include "core/checkpoint/calibration.h"
#include "core/checkpoint/components.h"
#include "core/held_file.h"
#include "core/resources.h"
#include "core/study/bootstrap.h"
#include "core/study/control_plan.h"
#include "core/study/validation.h"
#include "core/study/validation_file.h"
#include "core/study/validation_report.h"
#include "core/work_lock.h"

namespace octet::cli {
namespace {

struct ValidateOptions {
  std::string checkpoint, set, thresholds, calibration, out, report, csv;
  std::vector<std::string> plans;
  int steps = 0;
  bool fewer_steps = false, costs = false, no_control = false;
  Predictions predictions = Predictions::left_out;
};

/// Twelve of the demo's, which end within minutes on two cores; of other sets, all.
constexpr std::size_t kDemoClips = 12;

/// Every layer in bf16, then what was asked for; else the components of the seed policy.
std::vector<StudyPlan> plans_of(const ValidateOptions& options, const Checkpoint& checkpoint,
                                const Globals& globals, const std::shared_ptr<const Calibration>& calibration,
                                Warnings& warnings) {
  auto plans = component_plans(Precision::bf16);
  std::vector<ResolvedPlan> resolved;
  if (!options.plans.empty()) plans.resize(1);
  for (const auto& named : options.plans) {
    resolved.push_back(open_plan_for(checkpoint, named, globals, calibration));
    warnings.say(resolved.back().warnings);
    plans.push_back({resolved.back().plan.name, resolved.back().plan});
  }
  warnings.say(unused_calibration(calibration.get(), resolved));
  return plans;
}

void add_fewer_steps(std::vector<StudyPlan>& plans, int steps) {
  auto fewer = fewer_steps(Precision::bf16, steps);
  if (fewer.empty())
    throw Error(ErrorKind::usage,
                "--fewer-steps: none of 2, 3, 5 and 7 is fewer than " + std::to_string(steps),
                "leave it out");
  plans.insert(plans.end(), std::make_move_iterator(fewer.begin()), std::make_move_iterator(fewer.end()));
}

/// What an earlier run left in the file, if anything.
Validation with_done(Validation begun, const std::string& path) {
  std::error_code ignored;
  if (path.empty() || !std::filesystem::is_regular_file(path, ignored)) return begun;
  return resumed(std::move(begun), HeldFile::open(path)->text(), path);
}

void refuse_what_is_broken(const Validation& validation) {
  std::string faults;
  const auto add = [&](const std::string& fault) {
    faults.append(faults.empty() ? "" : "\n       ").append(fault);
  };
  for (std::size_t i = 0; i < validation.judgements.size(); ++i)
    if (validation.judgements[i].verdict == Verdict::broken && !validation.subject.plans[i].is_control)
      add(validation.subject.plans[i].name + " is broken");
  if (const auto control = control_outcome(validation); control && control->could_be && !control->found)
    add(control->said);
  for (const auto& [name, reason] : validation.skipped)
    add(std::string(name).append(" could not be used: ").append(reason));
  if (!faults.empty()) throw Error(ErrorKind::check_failed, faults);
}

void write_reports(const ValidateOptions& options, const Engine& engine, const Validation& done,
                   const std::vector<ComparisonClip>& clips, const JobControl& control) {
  if (!options.csv.empty()) write_text(options.csv, to_csv(done));
  if (options.report.empty()) return;
  const auto spoken = speak_worst(engine, done, clips, kHeardClips, control);
  write_text(options.report, to_html(done, spoken, engine.checkpoint().layers()));
}

void run(const ValidateOptions& options, const Globals& globals) {
  Paths read{options.checkpoint, options.thresholds, options.calibration};
  for (const auto& named : options.plans) read.push_back(plan_path(named));
  const Paths outputs{options.out, options.report, options.csv};
  check_places(globals, outputs, read);
  const WorkLock lock(options.out);
  const auto thresholds = read_thresholds(
      options.thresholds.empty() ? thresholds_file() : std::filesystem::path(options.thresholds));
  const auto checkpoint = open_checkpoint(options.checkpoint, globals);
  require_speech(*checkpoint);
  require_components(*checkpoint, {"tokenizer", "speaker_encoder", "flow", "mel2wav"});
  const auto engine = start_engine(checkpoint, globals);
  Warnings warnings(warnings_of(*checkpoint));
  const auto calibration = open_calibration(options.calibration, *checkpoint);
  auto plans = plans_of(options, *checkpoint, globals, calibration, warnings);
  if (options.fewer_steps)
    add_fewer_steps(plans, options.steps == 0 ? engine.default_steps() : options.steps);
  if (!options.no_control) warnings.say(add_control(plans, checkpoint->layers()));

  ProgressBar bar(globals);
  const auto set = open_clips(engine, options.set, kDemoClips, options.steps, globals, bar.control());
  warnings.say(set.warnings);
  const auto& clips = set.clips;
  if (calibration) warnings.say(heard_before(*calibration, clips));
  warnings.say(too_few(clips.size()));

  auto begun = begin_validation(engine, plans, clips, thresholds, calibration, options.predictions);
  begun.subject.costs = options.costs;
  begun.warnings = warnings.said();
  const auto keep = [&](const Validation& done) {
    if (!options.out.empty()) write_text(options.out, to_json(done));
  };
  auto done = validate(engine, with_done(std::move(begun), options.out), clips, bar.control(), keep);
  for (auto i = warnings.said().size(); i < done.warnings.size(); ++i) warn(done.warnings[i]);
  done.skipped.insert(done.skipped.begin(), set.skipped.begin(), set.skipped.end());
  write_reports(options, engine, done, clips, bar.control());
  print_beside(outputs, globals, globals.json ? to_json(done) : to_table(done));
  refuse_what_is_broken(done);
}

}  // namespace

void add_validate(CLI::App& app, const Globals& globals) {
  auto options = std::make_shared<ValidateOptions>();
  auto* command = app.add_subcommand(
      "validate",
      "Judges plans over a set of clips, beside what two draws of noise differ by; without --plan the seed\n"
      "policy, one component after the other, alone and together.\n"
      "Example: octet validate s3gen.safetensors --set clips -o result.json");
  command->add_option("CKPT", options->checkpoint, "checkpoint or export")->required();
  command->add_option(
      "--set", options->set,
      "folder of sound files or captured utterances; twelve clips of the demo when not given");
  command->add_option("--plan", options->plans, "plan files or presets")->expected(1)->take_all();
  command->add_option("--thresholds", options->thresholds,
                      "what verdicts are given by; Octet's when not given");
  add_calibration_option(*command, options->calibration);
  add_predictions_option(*command, options->predictions);
  command->add_flag("--fewer-steps", options->fewer_steps,
                    "also every layer in bf16 by 2, 3, 5 and 7 steps, beside the plans");
  command->add_flag("--no-control", options->no_control,
                    "without the plan that is bad on purpose and has to be found: a plan's time less");
  command->add_flag(
      "--costs", options->costs,
      "also what each stage took, which is never the same twice: the result's bytes then differ");
  command->add_option("--steps", options->steps, "Euler steps")->check(whole_number(1, 50));
  command->add_option("-o,--out", options->out, "result; goes on where one was interrupted");
  command->add_option("--report", options->report, "also one HTML file to read, listen to and attach");
  command->add_option("--csv", options->csv, "also all scores as a table, a row for each");
  command->callback([options, &globals] { run(*options, globals); });
}

}  // namespace octet::cli
