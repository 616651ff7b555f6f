#include <nlohmann/json.hpp>

#include <cmath>

#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/outputs.h"
#include "core/calibration/layer_errors.h"
#include "core/kernels/arithmetic.h"
#include "core/metrics/text_table.h"

namespace octet::cli {
namespace {

struct Options {
  std::string checkpoint, calibration, inputs;
  std::vector<std::string> plans;
};

/// Layers in which plan `plan` is nearer than the first.
std::ptrdiff_t nearer(const std::vector<LayerErrors>& errors, std::size_t plan) {
  return std::ranges::count_if(
      errors, [&](const LayerErrors& of) { return of.relative[plan] < of.relative.front(); });
}

/// -40.1; of an error of nothing "exact".
std::string level(double relative) { return relative > 0 ? decimals(10 * std::log10(relative), 1) : "exact"; }

std::string percent(std::ptrdiff_t part, std::size_t whole) {
  return decimals(100.0 * static_cast<double>(part) / static_cast<double>(whole), 1) + " %";
}

void print_table(const std::vector<LayerErrors>& errors, const std::vector<std::string>& plans) {
  std::vector<std::vector<std::string>> rows{{"layer", "type"}};
  for (const auto& plan : plans) rows.front().push_back(plan + ", dB");
  for (const auto& of : errors) {
    rows.push_back({of.layer, std::string(to_string(of.type))});
    for (const auto relative : of.relative) rows.back().push_back(level(relative));
  }
  print(align_columns(rows, 2));
  for (std::size_t i = 1; i < plans.size(); ++i)
    print(plans[i] + ": nearer than " + plans.front() + " in " + std::to_string(nearer(errors, i)) + " of " +
          std::to_string(errors.size()) + " layers (" + percent(nearer(errors, i), errors.size()) + ")");
}

void print_errors_json(const std::vector<LayerErrors>& errors, const std::vector<std::string>& plans,
                       const Warnings& warnings) {
  nlohmann::ordered_json out{
      {"format", "octet-layers"}, {"version", 1}, {"warnings", warnings.said()}, {"plans", plans}};
  out["layers"] = nlohmann::ordered_json::array();
  for (const auto& of : errors)
    out["layers"].push_back(
        {{"name", of.layer}, {"type", std::string(to_string(of.type))}, {"relative_errors", of.relative}});
  for (std::size_t i = 0; i < plans.size(); ++i) out["nearer_than_first"].push_back(nearer(errors, i));
  print_json(out);
}

void run(const Options& options, const Globals& globals) {
  Paths read{options.checkpoint, options.calibration, options.inputs};
  for (const auto& named : options.plans) read.push_back(plan_path(named));
  check_places(globals, {}, read);
  const auto checkpoint = open_checkpoint(options.checkpoint, globals);
  const auto inputs = open_calibration(options.inputs, *checkpoint);
  const auto calibration = open_calibration(options.calibration, *checkpoint);
  configure_arithmetic(globals.threads);
  Warnings warnings(warnings_of(*checkpoint));
  std::vector<ResolvedPlan> plans;
  for (const auto& named : options.plans) {
    plans.push_back(open_plan_for(*checkpoint, named, globals, calibration));
    warnings.say(plans.back().warnings);
  }
  warnings.say(unused_calibration(calibration.get(), plans));
  if (calibration) warnings.say(shared_clips(*calibration, *inputs));
  ProgressBar bar(globals);
  const auto errors = output_errors(*checkpoint, plans, *inputs, bar.control());
  if (errors.empty())
    throw Error(ErrorKind::input, options.inputs + " has no layer that one of the plans makes int8");
  globals.json ? print_errors_json(errors, options.plans, warnings) : print_table(errors, options.plans);
}

}  // namespace

void add_layers(CLI::App& app, const Globals& globals) {
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "layers",
      "What rounding each layer's weight does to its output, on speech that a calibration listened to.\n"
      "Example: octet layers s3gen.safetensors --plan plain.json --plan gptq.json --calibration "
      "x.calibration "
      "--inputs others.calibration");
  command->add_option("CKPT", options->checkpoint, "checkpoint")->required();
  command->add_option("--plan", options->plans, "plan files or presets; the first is what others are held to")
      ->required()
      ->expected(1)
      ->take_all();
  add_calibration_option(*command, options->calibration);
  command->add_option("--inputs", options->inputs, "a calibration on other clips: what layers are given")
      ->required();
  command->callback([options, &globals] { run(*options, globals); });
}

}  // namespace octet::cli
