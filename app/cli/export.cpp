#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/outputs.h"
#include "core/export/exporter.h"
#include "core/kernels/arithmetic.h"
#include "core/output_place.h"

namespace octet::cli {
namespace {

/// In the order of the file's layers.
std::vector<std::pair<std::string, std::uint64_t>> bytes_of_components(const Export& prepared) {
  std::vector<std::pair<std::string, std::uint64_t>> all;
  for (const auto& tensor : prepared.tensors) {
    const auto component = tensor.name.substr(0, tensor.name.find('.'));
    if (all.empty() || all.back().first != component) all.emplace_back(component, 0);
    all.back().second += static_cast<std::uint64_t>(element_count(tensor.shape)) * size_of(tensor.dtype);
  }
  return all;
}

}  // namespace

void add_export(CLI::App& app, const Globals& globals) {
  struct Options {
    std::string checkpoint, plan, out, format = "octet";
    std::vector<std::string> components;
    bool dry_run = false;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("export",
                         "Writes a checkpoint whose weights are already as the plan says.\n"
                         "Example: octet export s3gen.safetensors --plan seed -o s3gen_int8.safetensors");
  command->add_option("CKPT", options->checkpoint, "checkpoint or export")->required();
  command->add_option("--plan", options->plan, "plan file or preset")->required();
  command
      ->add_option("--components", options->components,
                   "what goes in, such as flow,mel2wav; all when not given")
      ->delimiter(',');
  command
      ->add_option("--format", options->format,
                   "who reads it: octet, stock (upstream's own loader), comfy (loaders like ComfyUI's)")
      ->check(CLI::IsMember(export_format_names()));
  command->add_flag("--dry-run", options->dry_run, "only says how large the file would be");
  command->add_option("-o,--out", options->out, "the file to write; - for stdout");
  command->callback([options, &globals] {
    if (options->out.empty() && !options->dry_run)
      throw Error(ErrorKind::usage, "where should the export go?", "give -o FILE, or --dry-run");
    const Paths outputs{options->dry_run ? "" : options->out};
    check_places(globals, outputs, {options->checkpoint, plan_path(options->plan)});
    const auto checkpoint = open_checkpoint(options->checkpoint, globals);
    check_places(globals, outputs, {checkpoint->path()});  // where a bare name led
    configure_arithmetic(globals.threads);
    const auto resolved = open_plan_for(*checkpoint, options->plan, globals);
    Warnings warnings(warnings_of(*checkpoint));
    warnings.say(resolved.warnings);
    const auto prepared =
        prepare_export(checkpoint, resolved, options->components, *export_format_from(options->format));
    const auto predicted = predicted_export_bytes(prepared);
    if (!options->dry_run) {
      ProgressBar bar(globals);
      write_export(prepared, options->out, bar.control());
    }
    if (globals.json) {
      nlohmann::ordered_json out{{"format", "octet-export"},
                                 {"version", 1},
                                 {"predicted_bytes", predicted},
                                 {"warnings", warnings.said()}};
      if (!options->dry_run) {
        out["out"] = options->out;
        out["bytes"] = predicted;  // the writer counts
      }
      out["source"] = checkpoint->path().string();
      out["source_sha256"] = checkpoint->source_sha256();
      out["variant"] = std::string(to_string(checkpoint->variant()));
      out["plan"] = resolved.plan.name;
      out["export_format"] = options->format;
      for (const auto& [component, bytes] : bytes_of_components(prepared))
        out["components"].push_back({{"name", component}, {"bytes", bytes}});
      return print_json(out);
    }
    const auto size = std::to_string(predicted) + " bytes (" + megabytes(predicted) + "; the source has " +
                      megabytes(checkpoint->file_bytes()) + ")";
    print_beside(outputs, globals,
                 options->dry_run ? "would write " + size : output_name(options->out) + ": " + size);
  });
}

}  // namespace octet::cli
