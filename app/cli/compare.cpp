#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/numbers.h"
#include "app/cli/outputs.h"
#include "core/checkpoint/components.h"
#include "core/metrics/comparison.h"
#include "core/resources.h"

namespace octet::cli {

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
  command->add_option("--clips", options->clips, "folder of WAV or FLAC files; the demo set when not given");
  command->add_option("--steps", options->steps, "Euler steps")->check(whole_number(1, 50));
  command->callback([options, &globals] {
    if (options->plans.size() < 2)
      throw Error(ErrorKind::usage, "a comparison needs two plans", "give --plan twice");
    Paths read{options->checkpoint};
    for (const auto& named : options->plans) read.push_back(plan_path(named));
    check_places(globals, {}, read);
    const auto checkpoint = open_checkpoint(options->checkpoint, globals);
    require_components(*checkpoint, {"tokenizer", "speaker_encoder", "flow", "mel2wav"});
    const auto engine = start_engine(checkpoint, globals);
    ProgressBar bar(globals);
    std::vector<PlannedRun> runs;
    for (const auto& named : options->plans)
      runs.push_back({std::string(1, static_cast<char>('A' + runs.size())),
                      open_plan_for(engine.checkpoint(), named, globals)});
    auto clips = read_clips(
        engine,
        options->clips.empty() ? demo_voice_folder() / "clips" : std::filesystem::path(options->clips),
        bar.control());
    for (auto& clip : clips) {
      clip.request.seed = globals.seed;
      clip.request.steps = options->steps;
    }
    const auto comparison = compare_runs(engine, runs, clips, bar.control());
    print(globals.json ? to_json(comparison.report) : to_table(comparison.report));
  });
}

}  // namespace octet::cli
