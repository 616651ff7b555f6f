#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/interrupt.h"
#include "app/cli/numbers.h"
#include "app/cli/outputs.h"
#include "app/cli/upstream_timing.h"
#include "core/metrics/text_table.h"
#include "core/resources.h"
#include "core/synthesis/benchmark.h"
#include "core/synthesis/kernel_benchmark.h"
#include "core/synthesis/stage_cache.h"
#include "core/synthesis/toggle_benchmark.h"

namespace octet::cli {
namespace {

/// What both kinds of benchmark are told.
void add_request(CLI::App& command, BenchmarkRequest& request) {
  command.add_option("--seconds", request.seconds, "speech to make")
      ->check(decimal_number(0.1, 600.0))
      ->capture_default_str();
  command.add_option("--prompt-seconds", request.prompt_seconds, "length of the voice's prompt")
      ->check(decimal_number(0.1, 10.0))
      ->capture_default_str();
  command.add_option("--steps", request.steps, "Euler steps")->check(whole_number(1, 50));
  command.add_option("--rounds", request.rounds, "how often each is timed")
      ->check(whole_number(1, 1000))
      ->capture_default_str();
}

std::shared_ptr<const Checkpoint> checkpoint_of(const std::string& named, const Globals& globals) {
  return named.empty() ? Checkpoint::open(demo_voice_folder() / "s3gen_demo.safetensors")
                       : open_checkpoint(named, globals);
}

struct ToggleOptions {
  std::string checkpoint;
  std::string plan = "all-base";
  std::vector<std::string> layers;
  BenchmarkRequest request;
};

void bench_toggles(const ToggleOptions& options, const Globals& globals) {
  const auto checkpoint = checkpoint_of(options.checkpoint, globals);
  const Engine engine(checkpoint, chosen_device(globals), StageCache::kForEditing);
  const auto plan = open_plan_for(*checkpoint, options.plan, globals);
  Warnings warnings(warnings_of(*checkpoint));
  warnings.say(plan.warnings);
  ProgressBar bar(globals);
  const auto layers = options.layers.empty() ? layers_to_toggle(checkpoint->layers()) : options.layers;
  const auto timings = benchmark_toggles(engine, plan, layers, options.request, bar.control());
  if (globals.json) {
    const auto spread = [](const TimingSpread& of) {
      return nlohmann::ordered_json{
          {"median_seconds", of.median}, {"min_seconds", of.min}, {"max_seconds", of.max}};
    };
    nlohmann::ordered_json out{{"format", "octet-bench-toggle"},
                               {"version", 1},
                               {"device", describe(engine.device())},
                               {"plan", plan.plan.name},
                               {"warnings", warnings.said()},
                               {"whole", spread(timings.whole_seconds)},
                               {"toggles", nlohmann::ordered_json::array()}};
    for (const auto& toggle : timings.toggles)
      out["toggles"].push_back({{"layer", toggle.layer},
                                {"from", toggle.from},
                                {"to", toggle.to},
                                {"reused", toggle.reused},
                                {"click_to_samples", spread(toggle.seconds)},
                                {"binding", spread(toggle.binding)},
                                {"ratio", toggle.ratio}});
    return print_json(out);
  }
  std::vector<std::vector<std::string>> rows{
      {"layer", "toggle", "reused", "median ms", "min", "max", "of these binding", "ratio"}};
  const auto row = [&](const std::string& layer, const std::string& toggle, const std::string& reused,
                       const TimingSpread& of, const std::string& binding, double ratio) {
    rows.push_back({layer, toggle, reused, decimals(1e3 * of.median, 2), decimals(1e3 * of.min, 2),
                    decimals(1e3 * of.max, 2), binding, decimals(ratio, 3)});
  };
  row("whole synthesis", plan.plan.name, "", timings.whole_seconds, "", 1);
  for (const auto& toggle : timings.toggles) {
    std::string reused;
    for (const auto& stage : toggle.reused) reused += (reused.empty() ? "" : ", ") + stage;
    row(toggle.layer, toggle.from + " to " + toggle.to, reused, toggle.seconds,
        decimals(1e3 * toggle.binding.median, 2), toggle.ratio);
  }
  print(describe(engine.device()) + "\n" + align_columns(rows, 3));
}

/// `bench toggle`; options of `bench` itself are refused with it, as it would not heed them.
CLI::App* add_toggle(CLI::App& bench, const Globals& globals) {
  auto options = std::make_shared<ToggleOptions>();
  auto* command = bench.add_subcommand(
      "toggle",
      "Click to sound: what it takes to hear one layer at another precision.\n"
      "Example: octet bench toggle s3gen.safetensors --layer mel2wav.resblocks.0.convs1.0");
  for (auto* option : bench.get_options())
    if (option->get_name() != "--help") command->excludes(option);
  command->add_option("CKPT", options->checkpoint, "checkpoint; the demo voice when not given");
  command->add_option("--plan", options->plan, "plan file or preset that is toggled from")
      ->capture_default_str();
  command
      ->add_option(
          "--layer", options->layers,
          "layer to toggle, more than once; the largest of encoder, flow, pitch and vocoder when not "
          "given")
      ->expected(1)
      ->take_all();
  add_request(*command, options->request);
  command->callback([options, &globals] { bench_toggles(*options, globals); });
  return command;
}

void bench_kernels(int rounds, const Globals& globals) {
  const auto device = chosen_device(globals);
  ProgressBar bar(globals);
  const auto timings = benchmark_kernels(device, rounds, bar.control());
  const auto by_time = [](double of, const KernelTiming& timing) { return of / timing.seconds.median; };
  if (globals.json) {
    nlohmann::ordered_json out{{"format", "octet-bench-kernels"},
                               {"version", 1},
                               {"device", describe(device)},
                               {"kernels", nlohmann::ordered_json::array()}};
    for (const auto& timing : timings)
      out["kernels"].push_back({{"kernel", timing.name},
                                {"median_seconds", timing.seconds.median},
                                {"min_seconds", timing.seconds.min},
                                {"max_seconds", timing.seconds.max},
                                {"flops", timing.flops},
                                {"bytes", timing.bytes}});
    return print_json(out);
  }
  std::vector<std::vector<std::string>> rows{{"kernel", "median us", "min", "max", "TFLOP/s", "GB/s"}};
  for (const auto& timing : timings)
    rows.push_back({timing.name, decimals(1e6 * timing.seconds.median, 2),
                    decimals(1e6 * timing.seconds.min, 2), decimals(1e6 * timing.seconds.max, 2),
                    timing.flops > 0 ? decimals(1e-12 * by_time(timing.flops, timing), 2) : "",
                    decimals(1e-9 * by_time(timing.bytes, timing), 1)});
  print(describe(device) + "\n" + align_columns(rows, 1));
}

/// `bench kernels`, which takes its rounds alone.
CLI::App* add_kernels(CLI::App& bench, const Globals& globals) {
  auto rounds = std::make_shared<int>(5);
  auto* command =
      bench.add_subcommand("kernels",
                           "Each kernel alone, at the size it has in 10 s of speech after 10 s of prompt.\n"
                           "Example: octet bench kernels --device cuda");
  for (auto* option : bench.get_options())
    if (option->get_name() != "--help") command->excludes(option);
  command->add_option("--rounds", *rounds, "how often each is timed")
      ->check(whole_number(1, 1000))
      ->capture_default_str();
  command->callback([rounds, &globals] { bench_kernels(*rounds, globals); });
  return command;
}

struct BenchOptions {
  std::string checkpoint, calibration;
  std::vector<std::string> plans;
  std::string against;  ///< "upstream" or nothing
  BenchmarkRequest request;
};

std::vector<ResolvedPlan> plans_of(const BenchOptions& options, const Checkpoint& checkpoint,
                                   const Globals& globals, Warnings& warnings) {
  std::vector<ResolvedPlan> plans;
  const auto calibration = open_calibration(options.calibration, checkpoint);
  for (const auto& named : options.plans) {
    plans.push_back(open_plan_for(checkpoint, named, globals, calibration));
    warnings.say(plans.back().warnings);
  }
  warnings.say(unused_calibration(calibration.get(), plans));
  if (plans.empty())
    for (const auto& plan :
         {preset("all-base", Precision::fp32, false), preset("all-base", Precision::bf16, false),
          preset("seed", Precision::bf16, false)})
      plans.push_back(resolve(plan, checkpoint.layers()));
  return plans;
}

/// Its time by that of the first plan's single clip, end to end; none where there is no such time.
std::optional<double> ratio_of(const UpstreamTiming& upstream, const std::vector<PlanTiming>& timings) {
  if (!upstream.seconds || timings.front().clips != 1) return {};
  for (const auto& stage : timings.front().stages)
    if (stage.stage == "end to end") return upstream.seconds->median / stage.median_seconds;
  return {};
}

void print_timings_json(const Engine& engine, const std::vector<PlanTiming>& timings,
                        const std::optional<UpstreamTiming>& upstream, const Warnings& warnings) {
  nlohmann::ordered_json out{{"format", "octet-bench"},
                             {"version", 1},
                             {"device", describe(engine.device())},
                             {"graph_bytes", engine.graph_bytes()},
                             {"warnings", warnings.said()}};
  for (const auto& timing : timings) {
    nlohmann::ordered_json plan{
        {"plan", timing.plan}, {"clips", timing.clips}, {"weight_bytes", timing.weight_bytes}};
    for (const auto& stage : timing.stages) {
      if (stage.stage == "end to end")
        plan["audio_seconds_per_second"] = timing.audio_seconds / stage.median_seconds;
      plan["stages"].push_back({{"stage", stage.stage},
                                {"median_seconds", stage.median_seconds},
                                {"min_seconds", stage.min_seconds},
                                {"max_seconds", stage.max_seconds},
                                {"ratio", stage.ratio},
                                {"min_ratio", stage.min_ratio},
                                {"max_ratio", stage.max_ratio},
                                {"peak_bytes", stage.peak_bytes}});
    }
    out["plans"].push_back(plan);
  }
  if (upstream) {
    nlohmann::ordered_json said{{"way", upstream->way}, {"failed", upstream->failed}};
    if (upstream->seconds) {
      said["median_seconds"] = upstream->seconds->median;
      said["min_seconds"] = upstream->seconds->min;
      said["max_seconds"] = upstream->seconds->max;
    }
    if (const auto ratio = ratio_of(*upstream, timings)) said["ratio"] = *ratio;
    if (upstream->resident_bytes) said["resident_bytes"] = *upstream->resident_bytes;
    if (upstream->peak_bytes) said["peak_bytes"] = *upstream->peak_bytes;
    out["upstream"] = said;
  }
  print_json(out);
}

void print_timings(const Engine& engine, const std::vector<PlanTiming>& timings,
                   const std::optional<UpstreamTiming>& upstream) {
  const auto times = [](const TimingSpread& of) {
    return std::vector{decimals(1e3 * of.median, 2), decimals(1e3 * of.min, 2), decimals(1e3 * of.max, 2)};
  };
  // What the columns say when a reader divides them, as the window has it.
  const auto ratio_to_first = [&](const PlanTiming& timing, const StageTiming& stage) {
    const auto& first = *std::ranges::find(timings, timing.clips, &PlanTiming::clips);
    return stage.median_seconds / timing_of(first, stage.stage).median_seconds;
  };
  std::vector<std::vector<std::string>> rows{{"plan", "stage", "clips", "median ms", "min", "max", "a clip",
                                              "ratio", "by round", "peak memory", "weights", "audio s/s"}};
  for (const auto& timing : timings)
    for (const auto& stage : timing.stages) {
      const bool speech = stage.stage != "voice" && stage.stage != "tokens",
                 whole = stage.stage == "end to end";
      const int clips = speech ? timing.clips : 1;
      const auto ms = times({stage.median_seconds, stage.min_seconds, stage.max_seconds});
      rows.push_back({timing.plan, stage.stage, std::to_string(clips), ms[0], ms[1], ms[2],
                      decimals(1e3 * stage.median_seconds / clips, 2),
                      decimals(ratio_to_first(timing, stage), 3),
                      decimals(stage.min_ratio, 3) + "–" + decimals(stage.max_ratio, 3),
                      megabytes(stage.peak_bytes), whole ? megabytes(timing.weight_bytes) : "",
                      whole ? decimals(timing.audio_seconds / stage.median_seconds, 1) : ""});
    }
  if (upstream && upstream->seconds) {
    const auto ms = times(*upstream->seconds);
    const auto ratio = ratio_of(*upstream, timings);
    rows.push_back({"upstream, " + upstream->way, "end to end", "1", ms[0], ms[1], ms[2], ms[0],
                    ratio ? decimals(*ratio, 3) : "", "",
                    upstream->peak_bytes ? megabytes(*upstream->peak_bytes) : "", "", ""});
  }
  print(describe(engine.device()) + "\n" + align_columns(rows, 2));
  if (engine.graph_bytes() > 0) print("recorded GPU work: " + megabytes(engine.graph_bytes()));
  if (upstream && !upstream->seconds) print("upstream, " + upstream->way + ", raises " + upstream->failed);
}

void bench(const BenchOptions& options, const Globals& globals) {
  const auto checkpoint = checkpoint_of(options.checkpoint, globals);
  Warnings warnings(warnings_of(*checkpoint));
  const auto plans = plans_of(options, *checkpoint, globals, warnings);
  std::optional<UpstreamTiming> upstream;  // before anything of ours is on the GPU
  if (!options.against.empty()) {
    note(globals, "timing upstream's Python");
    upstream = time_upstream(*checkpoint, options.request, chosen_device(globals), interrupt_token());
  }
  const auto engine = start_engine(checkpoint, globals);
  ProgressBar bar(globals);
  const auto timings = benchmark(engine, plans, options.request, bar.control());
  globals.json ? print_timings_json(engine, timings, upstream, warnings)
               : print_timings(engine, timings, upstream);
}

}  // namespace

void add_bench(CLI::App& app, const Globals& globals) {
  auto options = std::make_shared<BenchOptions>();
  auto* command =
      app.add_subcommand("bench",
                         "Speed and memory per stage and plan; all plans in turn.\n"
                         "ratio: of the medians, to the first plan's; by round: the lowest and the highest.\n"
                         "Example: octet bench s3gen.safetensors --seconds 10");
  command->add_option("CKPT", options->checkpoint, "checkpoint; the demo voice when not given");
  command
      ->add_option("--plan", options->plans,
                   "plan files or presets; all-base in fp32 and bf16, and seed, when not given")
      ->expected(1)
      ->take_all();
  add_calibration_option(*command, options->calibration);
  add_request(*command, options->request);
  command
      ->add_option("--batch", options->request.clips,
                   "clips that are made at once; more than once: each is timed")
      ->check(whole_number(1, 256))
      ->expected(1)
      ->take_all()
      ->capture_default_str();
  command
      ->add_option("--vs", options->against,
                   "\"upstream\": the same synthesis in upstream's Python, in the same call")
      ->check(CLI::IsMember({"upstream"}));
  const auto* toggle = add_toggle(*command, globals);
  const auto* kernels = add_kernels(*command, globals);
  command->callback([options, toggle, kernels, &globals] {
    if (toggle->parsed() || kernels->parsed()) return;  // that was asked for in its place
    bench(*options, globals);
  });
}

}  // namespace octet::cli
