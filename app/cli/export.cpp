#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/outputs.h"
#include "core/checkpoint/hash_of_file.h"
#include "core/export/exporter.h"
#include "core/export/model_card.h"
#include "core/held_file.h"
#include "core/kernels/arithmetic.h"
#include "core/output_place.h"

namespace octet::cli {
namespace {

/// Looked at before an export is made for them.
std::optional<CardMeasures> read_measures(const std::string& path, const Checkpoint& checkpoint,
                                          const ResolvedPlan& resolved, const Export& prepared) {
  if (path.empty()) return {};
  std::vector<std::string> components;
  for (const auto& [component, bytes] : bytes_of_components(prepared)) components.push_back(component);
  return read_card_measures(HeldFile::open(path)->text(), path,
                            {.name = resolved.plan.name,
                             .source_sha256 = checkpoint.source_sha256(),
                             .size = plan_size(checkpoint.layers(), resolved, components)});
}

std::optional<CardVerdict> read_verdict(const std::string& path, const Checkpoint& checkpoint,
                                        const ResolvedPlan& resolved) {
  if (path.empty()) return {};
  const auto* calibration = resolved.calibration.get();
  const bool takes_it = calibration != nullptr && unused_calibration(calibration, {resolved}).empty();
  return read_card_verdict(HeldFile::open(path)->text(), path, resolved.plan, checkpoint.source_sha256(),
                           takes_it ? calibration->sha256() : "");
}

}  // namespace

void add_export(CLI::App& app, const Globals& globals) {
  struct Options {
    std::string checkpoint, plan, calibration, out, card, measures, validation, format = "octet";
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
  add_calibration_option(*command, options->calibration);
  command
      ->add_option("--components", options->components,
                   "what goes in, such as flow,mel2wav; all when not given")
      ->delimiter(',');
  command
      ->add_option("--format", options->format,
                   "who reads it: octet, stock (upstream's own loader), comfy (loaders like ComfyUI's), "
                   "compressed-tensors (the library of that name)")
      ->check(CLI::IsMember(export_format_names()));
  auto* card =
      command->add_option("--card", options->card, "writes the export's model card here, a hub's README.md");
  command->add_option("--measures", options->measures, "for the card: what octet compare --json printed")
      ->needs(card);
  command->add_option("--validation", options->validation, "for the card: what octet validate -o wrote")
      ->needs(card);
  command->add_flag("--dry-run", options->dry_run, "only says how large the file would be")->excludes(card);
  command->add_option("-o,--out", options->out, "the file to write; - for stdout");
  command->callback([options, &globals] {
    if (options->out.empty() && !options->dry_run)
      throw Error(ErrorKind::usage, "where should the export go?", "give -o FILE, or --dry-run");
    if (!options->card.empty() && find_output_place(options->out).kind != OutputPlace::Kind::file)
      throw Error(ErrorKind::usage, "a model card names the export, which has no name here",
                  "write the export to a file, or leave --card out");
    const Paths outputs{options->dry_run ? "" : options->out, options->card};
    check_places(globals, outputs,
                 {options->checkpoint, plan_path(options->plan), options->calibration, options->measures,
                  options->validation});
    if (!options->card.empty()) check_card_place(options->card);
    const auto checkpoint = open_checkpoint(options->checkpoint, globals);
    check_places(globals, outputs, {checkpoint->path()});  // where a bare name led
    configure_arithmetic(globals.threads);
    const auto calibration = open_calibration(options->calibration, *checkpoint);
    const auto resolved = open_plan_for(*checkpoint, options->plan, globals, calibration);
    Warnings warnings(warnings_of(*checkpoint));
    warnings.say(resolved.warnings);
    warnings.say(unused_calibration(calibration.get(), {resolved}));
    const auto format = *export_format_from(options->format);
    ProgressBar bar(globals);
    const auto prepared =
        prepare_export(checkpoint, resolved, options->components, format, bar.control().stop);
    const auto measures = read_measures(options->measures, *checkpoint, resolved, prepared);
    const auto verdict = read_verdict(options->validation, *checkpoint, resolved);
    const auto predicted = predicted_export_bytes(prepared);
    if (!options->dry_run) {
      write_export(prepared, options->out, bar.control());
      if (!options->card.empty()) {
        auto written = card_of(*checkpoint, resolved, prepared, format, options->out);
        written.sha256 = hash_of_file(*HeldFile::open(options->out));
        written.measures = measures;
        written.verdict = verdict;
        write_text(options->card, to_markdown(written));
      }
    }
    if (globals.json) {
      nlohmann::ordered_json out{{"format", "octet-export"},
                                 {"version", 1},
                                 {"predicted_bytes", predicted},
                                 {"warnings", warnings.said()}};
      if (!options->dry_run) {
        out["out"] = options->out;
        out["bytes"] = predicted;  // the writer counts
        if (!options->card.empty()) out["card"] = options->card;
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
