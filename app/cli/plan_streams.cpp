#include "app/cli/plan_streams.h"

#include <nlohmann/json.hpp>

#include "app/cli/inputs.h"
#include "app/cli/interrupt.h"
#include "app/cli/numbers.h"
#include "app/cli/outputs.h"
#include "core/held_file.h"
#include "core/metrics/text_table.h"
#include "core/synthesis/stream_file.h"

namespace octet::cli {
namespace {

struct Options {
  std::string checkpoint, measured;
  std::vector<std::string> plans{"all-base", "seed", "all-int8"};
  std::vector<double> gigabytes{kGpuGigabytes.begin(), kGpuGigabytes.end()};
  double vllm = 0;  ///< GB that it takes beside its KV cache

  std::uint64_t others() const { return static_cast<std::uint64_t>(vllm * 1e9); }
};

std::string shortest(double number) {
  auto text = decimals(number, 1);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

void print_streams_json(const StreamMeasures& measures, const Options& options, const Warnings& warnings) {
  auto out = nlohmann::ordered_json::parse(format_streams(measures));
  for (std::size_t i = 0; i < measures.plans.size(); ++i)
    for (std::size_t j = 0; j < measures.plans[i].cases.size(); ++j)
      for (const double size : options.gigabytes) {
        const auto fit = streams_that_fit(measures.plans[i].cases[j], size, options.others());
        out["plans"][i]["cases"][j]["gpus"].push_back(
            {{"gigabytes", size}, {"streams", fit.streams}, {"left_bytes", fit.left_bytes}});
      }
  out["vllm_gigabytes"] = options.vllm;
  out["warnings"] = warnings.said();
  print_json(out);
}

void print_streams(const StreamMeasures& measures, const Options& options) {
  std::vector<std::string> header{"plan",    "seconds",   "clips",    "weights",
                                  "tensors", "allocator", "recorded", "process"};
  for (const double size : options.gigabytes) header.push_back(shortest(size) + " GB");
  std::vector<std::vector<std::string>> rows{header};
  std::string failures;
  for (const auto& plan : measures.plans)
    for (const auto& measured : plan.cases) {
      std::vector<std::string> row{plan.plan, shortest(measured.seconds), std::to_string(measured.clips)};
      if (!measured.failed.empty()) {
        failures += plan.plan + ", " + std::to_string(measured.clips) + " clips of " +
                    shortest(measured.seconds) + " s were not measured: " + measured.failed + "\n";
        row.resize(header.size(), "-");
      } else {
        for (const auto bytes : {measured.weight_bytes, measured.allocated_bytes, measured.reserved_bytes,
                                 measured.recorded_bytes, measured.process_bytes()})
          row.push_back(megabytes(bytes));
        for (const double size : options.gigabytes) {
          const auto fit = streams_that_fit(measured, size, options.others());
          row.push_back(std::to_string(fit.streams) + " (" +
                        decimals(static_cast<double>(fit.left_bytes) / 1e9, 1) + ")");
        }
      }
      rows.push_back(std::move(row));
    }
  print("measured on " + measures.device + "\n" + align_columns(rows, 1) + failures +
        "weights: flow and vocoder; tensors, allocator: the most that tensors held, and that torch took for "
        "them; recorded: what recorded\nwork keeps of that; process: with CUDA's context, code and graphs. "
        "On a GPU of N GB: clips at once in all "
        "processes that fit, and (GB left beside one process" +
        (options.vllm > 0 ? ", for vLLM's KV cache)" : ", for vLLM)"));
}

void plan_streams(const Options& options, const Globals& globals) {
  Paths inputs{options.checkpoint, options.measured};
  for (const auto& plan : options.plans) inputs.push_back(plan_path(plan));
  check_places(globals, {}, inputs);
  const auto checkpoint = open_checkpoint(options.checkpoint, globals);
  Warnings warnings(warnings_of(*checkpoint));
  std::vector<ResolvedPlan> plans;
  for (const auto& named : options.plans) {
    plans.push_back(open_plan_for(*checkpoint, named, globals));
    warnings.say(plans.back().warnings);
  }
  StreamMeasures measures;
  if (!options.measured.empty()) {
    measures = streams_of(parse_streams(HeldFile::open(options.measured)->text(), options.measured),
                          *checkpoint, plans, options.measured);
  } else {
    ProgressBar bar(globals);
    measures = measure_streams(checkpoint, plans, chosen_device(globals), bar.control());
  }
  globals.json ? print_streams_json(measures, options, warnings) : print_streams(measures, options);
}

}  // namespace

void add_plan_streams(CLI::App& plan, const Globals& globals) {
  auto options = std::make_shared<Options>();
  auto* command = plan.add_subcommand(
      "streams",
      "What syntheses at once take of a GPU, and how many fit on one of 6 to 80 GB; measured on one.\n"
      "Example: octet plan streams s3gen.safetensors --plan seed --measured streams.json");
  command->add_option("CKPT", options->checkpoint, "checkpoint")->required();
  command->add_option("--plan", options->plans, "plan files or presets")
      ->expected(1)
      ->take_all()
      ->capture_default_str();
  command->add_option("--memory", options->gigabytes, "GB (10^9 bytes) that a GPU has; more than once: each")
      ->check(decimal_number(0.1, 10000.0))
      ->expected(1)
      ->take_all()
      ->capture_default_str();
  command->add_option("--measured", options->measured,
                      "what this command printed with --json where there was a GPU");
  command
      ->add_option("--vllm", options->vllm,
                   "GB that vLLM takes on the same GPU beside its KV cache, as it says at its start")
      ->check(decimal_number(0, 10000.0))
      ->capture_default_str();
  command->callback([options, &globals] { plan_streams(*options, globals); });
}

}  // namespace octet::cli
