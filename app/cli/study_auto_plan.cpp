#include <map>

#include "app/cli/inputs.h"
#include "app/cli/numbers.h"
#include "app/cli/outputs.h"
#include "app/cli/study.h"
#include "app/cli/study_clips.h"
#include "core/checkpoint/components.h"
#include "core/held_file.h"
#include "core/study/auto_plan.h"
#include "core/study/auto_plan_report.h"
#include "core/study/sensitivity_file.h"
#include "core/synthesis/stage_cache.h"

namespace octet::cli {
namespace {

struct AutoPlanOptions {
  std::string checkpoint, sensitivity, calibration, out;
  std::uint64_t max_bytes = 0;
  double max_damage = 0;
  bool include_tokenizer = false;
  StudyClips clips;
};

/// A line for each reason why layers cannot be chosen, of which an estimated study has hundreds.
std::vector<std::string> without_damage(const std::vector<LayerDamage>& entries) {
  std::map<std::string, std::vector<std::string>> layers;
  for (const auto& entry : entries)
    if (!entry.fault.empty()) layers[entry.fault].push_back(entry.layer);
  std::vector<std::string> lines;
  lines.reserve(layers.size());
  for (const auto& [fault, names] : layers) {
    auto line = names.front();
    if (names.size() > 1) line += " (and " + std::to_string(names.size() - 1) + " others)";
    lines.push_back(line.append(" has no damage and stays as it is: ").append(fault));
  }
  return lines;
}

Sensitivity study_of(const AutoPlanOptions& options, const Checkpoint& checkpoint, Warnings& warnings) {
  auto study = read_sensitivity(options.sensitivity, checkpoint);
  const auto left = study.entries - study.layers.size();
  if (left > 0)
    warnings.say({std::to_string(left).append(" of its layers are not measured yet, and stay as they are")});
  if (study.subject.question.shard.parts > 1)
    warnings.say(
        {options.sensitivity + " is one shard of several: the layers of the others stay as they are"});
  warnings.say(without_damage(study.layers));
  return study;
}

void run(const AutoPlanOptions& options, const CLI::App& command, const Globals& globals) {
  PlanBudget budget;
  if (command.count("--max-bytes") > 0) budget.bytes = options.max_bytes;
  if (command.count("--max-damage") > 0) budget.damage = options.max_damage;
  if (!budget.bytes && !budget.damage)
    throw Error(ErrorKind::usage, "what is the plan to keep within?", "give --max-bytes or --max-damage");
  check_plan_name(options.out);
  check_places(globals, {options.out}, {options.checkpoint, options.sensitivity, options.calibration});
  const auto checkpoint = open_checkpoint(options.checkpoint, globals);
  require_speech(*checkpoint);
  Warnings warnings(warnings_of(*checkpoint));
  const auto study = study_of(options, *checkpoint, warnings);
  const auto calibration = open_calibration(options.calibration, *checkpoint);

  const Engine engine(checkpoint, chosen_device(globals), StageCache::kForEditing);
  ProgressBar bar(globals);
  const auto base = study.subject.question.base;
  const auto heard = heard_clips(options.clips, base, engine, globals, warnings, bar.control());
  for (const auto& [name, reason] : heard.skipped)
    warnings.say({std::string(name).append(" could not be used: ").append(reason)});
  const auto& layers = checkpoint->layers();
  const auto reference = resolve(preset("all-base", base, /*include_tokenizer=*/false), layers, calibration);
  std::optional<DamageMeter> meter;
  const auto made = make_auto_plan(
      checkpoint, study, budget, options.include_tokenizer,
      [&](const ResolvedPlan& plan) {
        if (!meter) meter.emplace(engine, reference, heard.clips, bar.control());
        return measured_damage(*meter, layers, reference, plan, bar.control());
      },
      calibration);
  write_text(options.out, format_plan(made.plan));
  print_beside({options.out}, globals, globals.json ? to_json(made, warnings.said()) : to_text(made));
}

}  // namespace

void add_auto_plan(CLI::App& study, const Globals& globals) {
  auto options = std::make_shared<AutoPlanOptions>();
  auto* command = study.add_subcommand(
      "auto-plan",
      "The plan of least damage under a size, or of least size under a damage, measured whole.\n"
      "Example: octet study auto-plan s3gen.safetensors --sensitivity s.json --max-bytes 600000000 -o "
      "p.json");
  command->add_option("CKPT", options->checkpoint, "checkpoint")->required();
  command->add_option("--sensitivity", options->sensitivity, "what octet study sensitivity wrote")
      ->required();
  auto* bytes = command->add_option("--max-bytes", options->max_bytes, "the most bytes an export may take")
                    ->check(whole_number(0, std::numeric_limits<std::int64_t>::max()));
  command->add_option("--max-damage", options->max_damage, "the most that the whole plan may damage")
      ->check(decimal_number(0, 1e9))
      ->excludes(bytes);
  command->add_flag("--include-tokenizer", options->include_tokenizer,
                    "also the speech tokenizer, which else stays as it is");
  add_calibration_option(*command, options->calibration);
  add_clip_options(*command, options->clips);
  command->add_option("-o,--out", options->out, "the plan file; - for stdout")->required();
  command->callback([options, command, &globals] { run(*options, *command, globals); });
}

}  // namespace octet::cli
