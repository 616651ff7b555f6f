#include "app/cli/inputs.h"
#include "app/cli/numbers.h"
#include "app/cli/study.h"
#include "app/cli/study_clips.h"
#include "app/cli/study_sweep.h"
#include "core/checkpoint/components.h"
#include "core/study/pair_sweep.h"
#include "core/study/pairs_file.h"
#include "core/study/sensitivity_file.h"
#include "core/study/sweep_engines.h"
#include "core/work_lock.h"

namespace octet::cli {
namespace {

struct PairsOptions {
  std::string checkpoint, sensitivity, layers = "*", calibration, out;
  std::size_t top = 8;
  bool dry_run = false;
  StudyClips clips;
};

void run(const PairsOptions& options, const Globals& globals) {
  check_places(globals, {options.out}, {options.checkpoint, options.sensitivity, options.calibration});
  const WorkLock lock(options.out);
  const auto checkpoint = open_checkpoint(options.checkpoint, globals);
  require_speech(*checkpoint);
  Warnings warnings(warnings_of(*checkpoint));
  const auto sensitivity = read_sensitivity(options.sensitivity, *checkpoint);
  std::vector<std::string> left_out;
  const PairsQuestion question{
      sensitivity.subject.question.base,
      layers_to_pair(sensitivity, checkpoint->layers(), options.layers, options.top, left_out),
      open_calibration(options.calibration, *checkpoint)};
  warnings.say(left_out);

  const auto engines = sweep_engines(checkpoint, chosen_devices(globals));
  ProgressBar bar(globals);
  const auto heard =
      heard_clips(options.clips, question.base, engines.front(), globals, warnings, bar.control());
  auto begun = begin_pairs(engines.front(), question, heard);
  begun.warnings = warnings.said();
  begun = with_kept(std::move(begun), options.out);
  sweep_all<PairSweep>(engines, std::move(begun), heard, {options.out, options.dry_run}, globals,
                       bar.control());
}

}  // namespace

void add_pairs(CLI::App& study, const Globals& globals) {
  auto options = std::make_shared<PairsOptions>();
  auto* command = study.add_subcommand(
      "pairs",
      "How far two layers' errors are from independent, which automatic plans take them to be.\n"
      "Example: octet study pairs s3gen.safetensors --sensitivity s.json --clips clips -o pairs.json");
  command->add_option("CKPT", options->checkpoint, "checkpoint")->required();
  command
      ->add_option("--sensitivity", options->sensitivity,
                   "what octet study sensitivity wrote: it says which layers, how stored, over which base")
      ->required();
  command->add_option("--layers", options->layers, "only layers of this name or glob")->capture_default_str();
  command->add_option("--top", options->top, "how many of each kind, mel and spectrum, that damage most")
      ->check(whole_number(2, 100))
      ->capture_default_str();
  add_calibration_option(*command, options->calibration);
  add_clip_options(*command, options->clips);
  command->add_flag("--dry-run", options->dry_run, "only says what it would take");
  command->add_option("-o,--out", options->out, "result; goes on where one was interrupted");
  command->callback([options, &globals] { run(*options, globals); });
}

}  // namespace octet::cli
