#include <future>

#include "app/cli/choices.h"
#include "app/cli/inputs.h"
#include "app/cli/numbers.h"
#include "app/cli/outputs.h"
#include "app/cli/study.h"
#include "app/cli/study_clips.h"
#include "app/cli/study_sweep.h"
#include "core/checkpoint/components.h"
#include "core/held_file.h"
#include "core/quant/option_settings.h"
#include "core/study/fast_sensitivity.h"
#include "core/study/sensitivity_file.h"
#include "core/study/sensitivity_sweep.h"
#include "core/study/sweep_engines.h"
#include "core/work_lock.h"

namespace octet::cli {
namespace {

struct SensitivityOptions {
  std::string checkpoint, layers = "*", base = "fp32", calibration, shard, out;
  std::vector<std::string> precisions{"int8"}, methods{"weight-only"}, settings;
  double interval = 0;
  bool dry_run = false, fast = false;
  StudyClips clips;
};

/// What is asked of every layer: each precision, int8 by each method.
std::vector<Choice> choices_of(const SensitivityOptions& options) {
  if (!options.settings.empty() && options.methods.size() != 1)
    throw Error(ErrorKind::usage, "--option belongs to one --method", "give one, or leave --option out");
  std::vector<Choice> choices;
  for (const auto& name : options.precisions) {
    const auto precision = precision_of(name);
    if (precision != Precision::int8) {
      choices.push_back({.precision = precision});
      continue;
    }
    for (const auto& method : options.methods)
      choices.push_back({.precision = precision,
                         .method = method_of(method),
                         .options = options_of_settings(options.settings, method_of(method))});
  }
  return choices;
}

/// "2/8"
Shard shard_of(const std::string& text) {
  if (text.empty()) return {};
  const auto refuse = [&] {
    throw Error(ErrorKind::usage, "\"" + text + "\" is no shard", "write I/N, such as --shard 2/8");
  };
  const auto slash = text.find('/');
  if (slash == text.npos) refuse();
  const std::string part = text.substr(0, slash), parts = text.substr(slash + 1);
  if (!whole_number(1, 9999)(part).empty() || !whole_number(1, 9999)(parts).empty()) refuse();
  const Shard shard{std::stoi(part), std::stoi(parts)};
  if (shard.part > shard.parts) refuse();
  return shard;
}

void run(const SensitivityOptions& options, const Globals& globals) {
  SensitivityQuestion question{precision_of(options.base), options.layers, choices_of(options),
                               shard_of(options.shard)};
  check_places(globals, {options.out}, {options.checkpoint, options.calibration});
  const WorkLock lock(options.out);
  const auto checkpoint = open_checkpoint(options.checkpoint, globals);
  require_speech(*checkpoint);
  question.calibration = open_calibration(options.calibration, *checkpoint);
  question.interval = options.interval;
  question.fast = options.fast;
  // Seconds of a large file, in which clips can be heard.
  auto hashed = std::async(std::launch::async, [&] { (void)checkpoint->source_sha256(); });
  const auto devices = chosen_devices(globals);
  if (options.fast && devices.size() > 1)
    throw Error(ErrorKind::usage, "--fast is for one device", "name one");
  const auto engines = sweep_engines(checkpoint, devices);
  const auto& engine = engines.front();
  ProgressBar bar(globals);
  Warnings warnings(warnings_of(*checkpoint));
  const auto heard = heard_clips(options.clips, question.base, engine, globals, warnings, bar.control());

  hashed.get();
  auto begun = begin_sensitivity(engine, question, heard);
  warnings.say(begun.warnings);
  begun.warnings = warnings.said();
  begun = with_kept(std::move(begun), options.out);

  if (options.fast) {
    if (begun.layers.size() < begun.entries)
      begun = fast_sensitivity(checkpoint, engine, std::move(begun), heard.clips, bar.control());
    hand_out(begun, options.out, globals);
    refuse_skipped(heard.skipped);
    return;
  }
  sweep_all<SensitivitySweep>(engines, std::move(begun), heard, {options.out, options.dry_run}, globals,
                              bar.control());
}

}  // namespace

void add_sensitivity(CLI::App& study, const Globals& globals) {
  auto options = std::make_shared<SensitivityOptions>();
  auto* command =
      study.add_subcommand("sensitivity",
                           "What rounding each layer alone does, by whole syntheses under the same noise.\n"
                           "Example: octet study sensitivity s3gen.safetensors --clips clips -o s.json");
  command->add_option("CKPT", options->checkpoint, "checkpoint")->required();
  add_clip_options(*command, options->clips);
  command->add_option("--layers", options->layers, "layers by name or glob")->capture_default_str();
  command->add_option("--base", options->base, "type of all other layers: fp32, bf16 or fp16")
      ->capture_default_str();
  command
      ->add_option("--precision", options->precisions,
                   "what a layer is stored as; may be given several times")
      ->expected(1)
      ->take_all()
      ->capture_default_str();
  command->add_option("--method", options->methods, "how int8 is made; may be given several times")
      ->expected(1)
      ->take_all()
      ->capture_default_str();
  command
      ->add_option("--option", options->settings,
                   "KEY=VALUE for the method, such as clip=mse; may be given several times")
      ->allow_extra_args(false);
  add_calibration_option(*command, options->calibration);
  auto* interval =
      command
          ->add_option("--interval", options->interval,
                       "hears no more of the clips than make the 95 % interval of a layer's damage less than "
                       "this share of it; 0: all")
          ->check(decimal_number(0, 1))
          ->capture_default_str();
  auto* dry_run = command->add_flag("--dry-run", options->dry_run, "only says what it would take");
  auto* shard =
      command->add_option("--shard", options->shard,
                          "I/N: the I-th of N parts of the work, which octet study merge puts together");
  command
      ->add_flag(
          "--fast", options->fast,
          "estimates flow and vocoder layers from gradients, all at once, in place of speaking for each")
      ->excludes(dry_run)
      ->excludes(interval)
      ->excludes(shard);
  command->add_option("-o,--out", options->out, "result; goes on where one was interrupted");
  command->callback([options, &globals] { run(*options, globals); });
}

void add_merge(CLI::App& study, const Globals& globals) {
  struct MergeOptions {
    std::vector<std::string> shards;
    std::string out;
  };
  auto options = std::make_shared<MergeOptions>();
  auto* command =
      study.add_subcommand("merge",
                           "Puts the shards of a study together: the bytes of one that was never cut.\n"
                           "Example: octet study merge part1.json part2.json -o s.json");
  command->add_option("SHARD", options->shards, "results of --shard 1/N to N/N")->required();
  command->add_option("-o,--out", options->out, "the whole; - for stdout")->required();
  command->callback([options, &globals] {
    check_places(globals, {options->out}, Paths(options->shards.begin(), options->shards.end()));
    std::vector<Sensitivity> parts;
    for (const auto& path : options->shards) {
      parts.push_back(parse_sensitivity(HeldFile::open(path)->text(), path));
      require_same_subject(parts.front(), parts.back(), path);
    }
    write_text(options->out, to_json(merged(std::move(parts))));
  });
}

}  // namespace octet::cli
