#include "core/export/verify.h"

#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/outputs.h"

namespace octet::cli {

void add_verify(CLI::App& app, const Globals& globals) {
  struct Options {
    std::string exported, against, calibration;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("verify",
                         "Reloads an export and checks every tensor; with --against, bit for bit.\n"
                         "Example: octet verify s3gen_int8.safetensors --against s3gen.safetensors");
  command->add_option("EXPORT", options->exported, "file that octet export wrote")->required();
  command->add_option("--against", options->against, "the checkpoint it was made from");
  add_calibration_option(*command, options->calibration);
  command->callback([options, &globals] {
    check_places(globals, {}, {options->exported, options->against, options->calibration});
    ProgressBar bar(globals);
    const auto source = options->against.empty() ? nullptr : open_checkpoint(options->against, globals);
    if (!source && !options->calibration.empty())
      throw Error(ErrorKind::usage, "a calibration is for comparing with the source", "give --against, too");
    const auto verification =
        verify_export(options->exported, source, chosen_device(globals), bar.control(),
                      source ? open_calibration(options->calibration, *source) : nullptr);
    if (globals.json) {
      nlohmann::ordered_json out{{"format", "octet-verify"},
                                 {"version", 1},
                                 {"passed", verification.passed()},
                                 {"warnings", source ? warnings_of(*source) : std::vector<std::string>()}};
      const auto& exported = *verification.exported;
      out["path"] = exported.path().string();
      out["bytes"] = exported.file_bytes();
      out["variant"] = std::string(to_string(exported.variant()));
      out["components"] = exported.components();
      out["plan"] = verification.plan;
      out["source_sha256"] = exported.source_sha256();
      for (const auto& check : verification.checks)
        out["checks"].push_back({{"what", check.what}, {"passed", check.passed}, {"detail", check.detail}});
      out["not_spoken"] = verification.not_spoken;
      print_json(out);
    } else {
      for (const auto& check : verification.checks)
        print((check.passed ? "ok    " : "WRONG ") + check.what + ": " + check.detail);
      if (!verification.not_spoken.empty()) print("      synthesis left out: " + verification.not_spoken);
    }
    if (!verification.passed())
      throw Error(ErrorKind::check_failed, options->exported + " is not what it should be",
                  "export it again");
  });
}

}  // namespace octet::cli
