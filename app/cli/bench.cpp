#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/numbers.h"
#include "app/cli/outputs.h"
#include "core/metrics/text_table.h"
#include "core/resources.h"
#include "core/synthesis/benchmark.h"

namespace octet::cli {
namespace {

std::string decimals(double value, int digits) {
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

}  // namespace

void add_bench(CLI::App& app, const Globals& globals) {
  struct Options {
    std::string checkpoint;
    std::vector<std::string> plans;
    BenchmarkRequest request;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("bench",
                         "Speed and memory per stage and plan; all plans in turn, ratios to the first.\n"
                         "Example: octet bench s3gen.safetensors --seconds 10");
  command->add_option("CKPT", options->checkpoint, "checkpoint; the demo voice when not given");
  command
      ->add_option("--plan", options->plans,
                   "plan files or presets; all-base in fp32 and bf16, and seed, when not given")
      ->expected(1)
      ->take_all();
  command->add_option("--seconds", options->request.seconds, "speech to make")
      ->check(decimal_number(0.1, 600.0))
      ->capture_default_str();
  command->add_option("--prompt-seconds", options->request.prompt_seconds, "length of the voice's prompt")
      ->check(decimal_number(0.1, 10.0))
      ->capture_default_str();
  command->add_option("--steps", options->request.steps, "Euler steps")->check(whole_number(1, 50));
  command->add_option("--rounds", options->request.rounds, "how often each plan is timed")
      ->check(whole_number(1, 1000))
      ->capture_default_str();
  command->callback([options, &globals] {
    const auto checkpoint = options->checkpoint.empty()
                                ? Checkpoint::open(demo_voice_folder() / "s3gen_demo.safetensors")
                                : open_checkpoint(options->checkpoint, globals);
    const auto engine = start_engine(checkpoint, globals);
    std::vector<ResolvedPlan> plans;
    Warnings warnings(warnings_of(*checkpoint));
    for (const auto& named : options->plans) {
      plans.push_back(open_plan_for(*checkpoint, named, globals));
      warnings.say(plans.back().warnings);
    }
    if (plans.empty())
      for (const auto& plan :
           {preset("all-base", Precision::fp32, false), preset("all-base", Precision::bf16, false),
            preset("seed", Precision::bf16, false)})
        plans.push_back(resolve(plan, checkpoint->layers()));
    ProgressBar bar(globals);
    const auto timings = benchmark(engine, plans, options->request, bar.control());
    if (globals.json) {
      nlohmann::ordered_json out{{"format", "octet-bench"},
                                 {"version", 1},
                                 {"device", describe(engine.device())},
                                 {"warnings", warnings.said()}};
      for (const auto& timing : timings) {
        nlohmann::ordered_json plan{{"plan", timing.plan}, {"weight_bytes", timing.weight_bytes}};
        for (const auto& stage : timing.stages)
          plan["stages"].push_back({{"stage", stage.stage},
                                    {"median_seconds", stage.median_seconds},
                                    {"min_seconds", stage.min_seconds},
                                    {"max_seconds", stage.max_seconds},
                                    {"ratio", stage.ratio},
                                    {"peak_bytes", stage.peak_bytes}});
        out["plans"].push_back(plan);
      }
      return print_json(out);
    }
    std::vector<std::vector<std::string>> rows{
        {"plan", "stage", "median ms", "min", "max", "ratio", "peak memory", "weights"}};
    for (const auto& timing : timings)
      for (const auto& stage : timing.stages)
        rows.push_back({timing.plan, stage.stage, decimals(1e3 * stage.median_seconds, 2),
                        decimals(1e3 * stage.min_seconds, 2), decimals(1e3 * stage.max_seconds, 2),
                        decimals(stage.ratio, 3), megabytes(stage.peak_bytes),
                        stage.stage == "end to end" ? megabytes(timing.weight_bytes) : ""});
    print(describe(engine.device()) + "\n" + align_columns(rows, 2));
  });
}

}  // namespace octet::cli
