#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/numbers.h"
#include "app/cli/outputs.h"
#include "core/checkpoint/components.h"
#include "core/metrics/comparison.h"
#include "core/resources.h"

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

}  // namespace

void add_compare(CLI::App& app, const Globals& globals) {
  struct Options {
    std::string checkpoint, clips;
    std::vector<std::string> plans;
    int steps = 0;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "compare",
      "Measures plans against each other on one or many clips, beside what is noise.\n"
      "Example: octet compare s3gen.safetensors --plan all-base --plan seed --clips clips");
  command->add_option("CKPT", options->checkpoint, "checkpoint or export")->required();
  command->add_option("--plan", options->plans, "plan file or preset; the first is the reference")
      ->required()
      ->expected(1)
      ->take_all();
  command->add_option("--clips", options->clips, "folder of sound files; the demo set when not given");
  command->add_option("--steps", options->steps, "Euler steps")->check(whole_number(1, 50));
  command->callback([options, &globals] {
    if (options->plans.size() < 2)
      throw Error(ErrorKind::usage, "a comparison needs two plans", "give --plan twice");
    Paths read{options->checkpoint};
    for (const auto& named : options->plans) read.push_back(plan_path(named));
    check_places(globals, {}, read);
    const auto checkpoint = open_checkpoint(options->checkpoint, globals);
    require_speech(*checkpoint);
    require_components(*checkpoint, {"tokenizer", "speaker_encoder", "flow", "mel2wav"});
    const auto engine = start_engine(checkpoint, globals);
    ProgressBar bar(globals);
    std::vector<PlannedRun> runs;
    Warnings warnings;
    for (const auto& named : options->plans) {
      runs.push_back(
          {std::string(1, static_cast<char>('A' + runs.size())), open_plan_for(*checkpoint, named, globals)});
      warnings.say(runs.back().plan.warnings);
    }
    const bool own_clips = !options->clips.empty();
    auto folder =
        read_clips(engine, own_clips ? std::filesystem::path(options->clips) : demo_voice_folder() / "clips",
                   bar.control());
    for (auto& clip : folder.clips) {
      clip.request.seed = globals.seed;
      if (options->steps != 0) clip.request.steps = options->steps;
    }
    auto report = compare_runs(engine, runs, folder.clips, bar.control(), Waveforms::dropped).report;
    report.skipped.insert(report.skipped.begin(), folder.skipped.begin(), folder.skipped.end());
    if (own_clips) warnings.say(folder.warnings);
    report.warnings.insert(report.warnings.end(), warnings.said().begin(), warnings.said().end());
    print(globals.json ? to_json(report) : to_table(report));
    check_all_compared(report);
  });
}

}  // namespace octet::cli
