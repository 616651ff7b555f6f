#include "core/calibration/calibrate.h"

#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/numbers.h"
#include "app/cli/outputs.h"
#include "core/checkpoint/calibration.h"
#include "core/checkpoint/components.h"

namespace octet::cli {
namespace {

struct Options {
  std::string checkpoint, clips, plan, calibration, balance = "rows", out;
  int steps = 0;
};

nlohmann::ordered_json said_of(const Calibration& made, const ClipFolder& folder, const Options& options,
                               const Warnings& warnings) {
  auto clips = nlohmann::ordered_json::array(), skipped = nlohmann::ordered_json::array();
  for (const auto& [name, sha256] : made.origin().clips)
    clips.push_back({{"name", name}, {"sha256", sha256}});
  for (const auto& [name, reason] : folder.skipped) skipped.push_back({{"name", name}, {"reason", reason}});
  return {{"format", "octet-calibrate"},
          {"version", 1},
          {"warnings", warnings.said()},
          {"out", options.out},
          {"sha256", made.sha256()},
          {"checkpoint_sha256", made.origin().checkpoint_sha256},
          {"steps", made.origin().steps},
          {"balance", made.origin().balance},
          {"clips", clips},
          {"skipped", skipped}};
}

void run(const Options& options, const Globals& globals) {
  if (options.plan.empty() && !options.calibration.empty())
    throw Error(ErrorKind::usage, "a calibration is for the layers of a plan", "give --plan, too");
  check_places(globals, {options.out}, {options.checkpoint, plan_path(options.plan), options.calibration});
  const auto checkpoint = open_checkpoint(options.checkpoint, globals);
  check_places(globals, {options.out}, {checkpoint->path()});
  require_speech(*checkpoint);
  require_components(*checkpoint, {"flow", "mel2wav"});
  const auto engine = start_engine(checkpoint, globals);
  ProgressBar bar(globals);
  Warnings warnings(warnings_of(*checkpoint));
  CalibrationSettings settings{.steps = options.steps, .balance = *balance_from(options.balance)};
  if (!options.plan.empty()) {
    const auto calibration = open_calibration(options.calibration, *checkpoint);
    settings.plan = open_plan_for(*checkpoint, options.plan, globals, calibration);
    warnings.say(settings.plan->warnings);
    warnings.say(unused_calibration(calibration.get(), {*settings.plan}));
  }
  auto folder = read_clips(engine, options.clips, bar.control());
  warnings.say(folder.warnings);
  for (const auto& [name, reason] : folder.skipped)
    warnings.say({std::string(name).append(" is left out: ").append(reason)});
  for (auto& clip : folder.clips) clip.request.seed = globals.seed;
  warnings.say(doubts(folder.clips));
  calibrate(engine, folder.clips, settings, options.out, bar.control());
  const auto made = Calibration::open(options.out);
  if (globals.json)
    print_json(said_of(*made, folder, options, warnings));
  else
    print(options.out + ": " + std::to_string(folder.clips.size()) + " clips, SHA-256 " + made->sha256());
  if (!folder.skipped.empty())
    throw Error(ErrorKind::check_failed, std::to_string(folder.skipped.size()) + " of " +
                                             std::to_string(folder.skipped.size() + folder.clips.size()) +
                                             " clips could not be used");
}

}  // namespace

void add_calibrate(CLI::App& app, const Globals& globals) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "calibrate",
      "Streams speech through a checkpoint, for the methods that look at what layers are given.\n"
      "Example: octet calibrate s3gen.safetensors --clips clips -o voices.calibration");
  command->add_option("CKPT", options->checkpoint, "checkpoint, no export")->required();
  command->add_option("--clips", options->clips, "folder of sound files, or of captured utterances")
      ->required();
  command->add_option("--steps", options->steps, "Euler steps")->check(whole_number(1, 50));
  command->add_option("--plan", options->plan,
                      "plan file or preset that layers listen under, so that each is given what those before "
                      "it make; fp32 when not given");
  add_calibration_option(*command, options->calibration);
  command
      ->add_option("--balance", options->balance,
                   "what counts once: rows, as they occur, or calls, so that all steps weigh alike")
      ->check(CLI::IsMember({"rows", "calls"}))
      ->capture_default_str();
  command->add_option("-o,--out", options->out, "the calibration to write")->required();
  command->callback([options, &globals] { run(*options, globals); });
}

}  // namespace octet::cli
