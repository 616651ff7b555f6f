#include <nlohmann/json.hpp>

#include "app/cli/choices.h"
#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/outputs.h"
#include "app/cli/plan_streams.h"
#include "core/metrics/text_table.h"
#include "core/plan/edit.h"
#include "core/plan/size.h"
#include "core/quant/option_settings.h"

namespace octet::cli {
namespace {

using nlohmann::ordered_json;

bool is_utf8(const std::string& text) {
  try {
    ordered_json(text).dump();
    return true;
  } catch (const ordered_json::exception&) {
    return false;
  }
}

void add_new(CLI::App& plan) {
  struct Options {
    std::string preset_name, base = "bf16", out;
    bool include_tokenizer = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = plan.add_subcommand("new",
                                      "Writes a built-in plan.\n"
                                      "Example: octet plan new --preset seed -o seed.plan.json");
  command
      ->add_option("--preset", options->preset_name,
                   "seed, seed-start, all-int8, linear-only, vocoder-only or all-base")
      ->required();
  command->add_option("--base", options->base, "type of what is not int8: bf16, fp32 or fp16")
      ->capture_default_str();
  command->add_flag("--include-tokenizer", options->include_tokenizer,
                    "also the speech tokenizer, which else stays fp32");
  command->add_option("-o,--out", options->out, "the plan file; - for stdout")->required();
  command->callback([options] {
    check_plan_name(options->out);
    write_text(options->out, format_plan(preset(options->preset_name, precision_of(options->base),
                                                options->include_tokenizer)));
  });
}

void show_resolved(const Checkpoint& checkpoint, const ResolvedPlan& resolved, const Globals& globals) {
  const auto size = plan_size(checkpoint.layers(), resolved);
  if (globals.json) {
    ordered_json out{{"format", "octet-plan-resolved"}, {"version", 1}, {"plan", resolved.plan.name}};
    for (const auto& component : size.components)
      out["components"].push_back({{"name", component.component},
                                   {"parameters", component.parameters},
                                   {"bytes", component.bytes},
                                   {"int8_layers", component.int8_layers},
                                   {"int8_weights", component.int8_weights}});
    out["bytes"] = size.total().bytes;
    out["int8_layers"] = size.total().int8_layers;
    out["int8_weights"] = size.total().int8_weights;
    auto warnings = warnings_of(checkpoint);
    warnings.insert(warnings.end(), resolved.warnings.begin(), resolved.warnings.end());
    out["warnings"] = warnings;
    for (std::size_t i = 0; i < resolved.layers.size(); ++i)
      out["layers"].push_back({{"name", checkpoint.layers()[i].name},
                               {"requested", std::string(to_string(resolved.layers[i].requested.storage))},
                               {"effective", std::string(to_string(resolved.layers[i].effective.storage))},
                               {"reason", resolved.layers[i].reason}});
    return print_json(out);
  }
  std::vector<std::vector<std::string>> rows{{"layer", "requested", "effective", "reason"}};
  for (std::size_t i = 0; i < resolved.layers.size(); ++i)
    rows.push_back({checkpoint.layers()[i].name, std::string(to_string(resolved.layers[i].requested.storage)),
                    std::string(to_string(resolved.layers[i].effective.storage)), resolved.layers[i].reason});
  auto text = align_columns(rows, 4);
  rows = {{"component", "parameters", "bytes", "int8 layers", "int8 weights"}};
  const auto add = [&](const std::string& name, const ComponentSize& component) {
    rows.push_back({name, std::to_string(component.parameters), megabytes(component.bytes),
                    std::to_string(component.int8_layers), std::to_string(component.int8_weights)});
  };
  for (const auto& component : size.components) add(component.component, component);
  add("total", size.total());
  print(text + '\n' + align_columns(rows, 1));
}

void add_show(CLI::App& plan, const Globals& globals) {
  struct Options {
    std::string plan, checkpoint, calibration;
  };
  auto options = std::make_shared<Options>();
  auto* command = plan.add_subcommand("show",
                                      "A plan as it is, or layer by layer on a checkpoint.\n"
                                      "Example: octet plan show seed.plan.json s3gen.safetensors");
  command->add_option("PLAN", options->plan, "plan file or preset")->required();
  command->add_option("CKPT", options->checkpoint, "checkpoint to apply it to");
  add_calibration_option(*command, options->calibration);
  command->callback([options, &globals] {
    check_places(globals, {}, {plan_path(options->plan), options->checkpoint, options->calibration});
    if (options->checkpoint.empty() && !options->calibration.empty())
      throw Error(ErrorKind::usage, "a calibration is for the layers of a checkpoint", "give CKPT, too");
    const auto shown = open_plan(options->plan, globals);
    if (options->checkpoint.empty()) return print(format_plan(shown));
    const auto checkpoint = open_checkpoint(options->checkpoint, globals);
    const auto calibration = open_calibration(options->calibration, *checkpoint);
    const auto resolved = resolve(shown, checkpoint->layers(), calibration);
    check_effect(resolved, options->plan, globals);
    for (const auto& warning : resolved.warnings) warn(warning);
    show_resolved(*checkpoint, resolved, globals);
  });
}

void add_set(CLI::App& plan, const Globals& globals) {
  struct Options {
    std::string plan, pattern, precision, method = "weight-only", reason;
    std::vector<std::string> settings;
    bool force = false;
  };
  auto options = std::make_shared<Options>();
  auto* command = plan.add_subcommand("set",
                                      "Adds a rule (pattern) or an override (layer name) to a plan file.\n"
                                      "Example: octet plan set my.plan.json 'mel2wav.resblocks.*' bf16");
  command->add_option("PLAN", options->plan, "plan file; - for stdin to stdout")->required();
  command->add_option("PATTERN", options->pattern, "layer name or glob")->required();
  command->add_option("PRECISION", options->precision, "fp32, bf16, fp16 or int8")->required();
  command->add_option("--method", options->method, "how int8 is made")->capture_default_str();
  command
      ->add_option("--option", options->settings,
                   "KEY=VALUE for the method, such as clip=mse; may be given several times")
      ->allow_extra_args(false);
  command->add_option("--reason", options->reason, "why, for whoever reads the plan");
  command->add_flag("--force", options->force, "also where Octet protects the layer");
  command->callback([options, &globals] {
    check_plan_name(options->plan);
    const auto method = method_of(options->method);
    auto texts = options->settings;
    texts.insert(texts.end(), {options->pattern, options->reason});
    for (const auto& text : texts)
      if (!is_utf8(text))
        throw Error(ErrorKind::usage, "\"" + text + "\" is not UTF-8, as texts of a plan must be");
    Choice choice;
    choice.precision = precision_of(options->precision);
    choice.method = method;
    choice.options = options_of_settings(options->settings, method);
    choice.force = options->force;
    choice.reason = options->reason;
    write_text(options->plan,
               format_plan(with_choice(open_plan(options->plan, globals), options->pattern, choice)));
  });
}

void add_diff(CLI::App& plan, const Globals& globals) {
  struct Options {
    std::string first, second, checkpoint;
  };
  auto options = std::make_shared<Options>();
  auto* command = plan.add_subcommand("diff",
                                      "Where two plans differ: their lines, or layers of a checkpoint.\n"
                                      "Example: octet plan diff a.plan.json b.plan.json s3gen.safetensors");
  command->add_option("A", options->first, "plan file or preset")->required();
  command->add_option("B", options->second, "plan file or preset")->required();
  command->add_option("CKPT", options->checkpoint, "checkpoint to compare them on");
  command->callback([options, &globals] {
    check_places(globals, {}, {plan_path(options->first), plan_path(options->second), options->checkpoint});
    const auto first = open_plan(options->first, globals), second = open_plan(options->second, globals);
    if (options->checkpoint.empty()) {
      ordered_json lines = ordered_json::array();
      for (const auto& line : differing_lines(first, second)) {
        const std::string side = line.side == PlanLine::Side::first ? "-" : "+";
        if (globals.json)
          lines.push_back({{"side", side}, {"line", line.text}});
        else
          print(side + " " + line.text);
      }
      if (globals.json) print_json(lines);
      return;
    }
    const auto checkpoint = open_checkpoint(options->checkpoint, globals);
    const auto& layers = checkpoint->layers();
    const auto resolved_first = resolve(first, layers), resolved_second = resolve(second, layers);
    check_effect(resolved_first, options->first, globals);
    check_effect(resolved_second, options->second, globals);
    const auto differences = differing_layers(layers, resolved_first, resolved_second);
    if (globals.json) {
      ordered_json out = ordered_json::array();
      for (const auto& difference : differences) {
        const auto [a, b] = told_apart(difference);
        out.push_back({{"layer", difference.layer}, {"a", a}, {"b", b}});
      }
      return print_json(out);
    }
    std::vector<std::vector<std::string>> rows{{"layer", options->first, options->second}};
    for (const auto& difference : differences) {
      const auto [a, b] = told_apart(difference);
      rows.push_back({difference.layer, a, b});
    }
    print(align_columns(rows, 3) + std::to_string(differences.size()) + " layers differ");
  });
}

}  // namespace

void add_plan(CLI::App& app, const Globals& globals) {
  auto* plan = app.add_subcommand("plan",
                                  "Makes, shows, changes and compares precision plans.\n"
                                  "Example: octet plan new --preset seed -o seed.plan.json");
  plan->require_subcommand(1);
  plan->fallthrough();
  add_new(*plan);
  add_show(*plan, globals);
  add_set(*plan, globals);
  add_diff(*plan, globals);
  add_plan_streams(*plan, globals);
}

}  // namespace octet::cli
