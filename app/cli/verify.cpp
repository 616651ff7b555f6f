#include "core/export/verify.h"

#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/inputs.h"

namespace octet::cli {

void add_verify(CLI::App& app, const Globals& globals) {
  struct Options {
    std::string exported, against;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("verify",
                         "Reloads an export and checks every tensor; with --against, bit for bit.\n"
                         "Example: octet verify s3gen_int8.safetensors --against s3gen.safetensors");
  command->add_option("EXPORT", options->exported, "file that octet export wrote")->required();
  command->add_option("--against", options->against, "the checkpoint it was made from");
  command->callback([options, &globals] {
    configure_arithmetic(globals.threads);
    ProgressBar bar(globals);
    const auto source = options->against.empty() ? nullptr : open_checkpoint(options->against, globals);
    const auto verification =
        verify_export(options->exported, source, parse_device(globals.device), bar.control());
    if (globals.json) {
      nlohmann::ordered_json out{{"format", "octet-verify"},
                                 {"version", 1},
                                 {"passed", verification.passed()},
                                 {"warnings", source ? warnings_of(*source) : std::vector<std::string>()}};
      for (const auto& check : verification.checks)
        out["checks"].push_back({{"what", check.what}, {"passed", check.passed}, {"detail", check.detail}});
      print(out.dump(1));
    } else {
      for (const auto& check : verification.checks)
        print((check.passed ? "ok    " : "WRONG ") + check.what + ": " + check.detail);
    }
    if (!verification.passed())
      throw Error(ErrorKind::check_failed, options->exported + " is not what it should be",
                  "export it again");
  });
}

}  // namespace octet::cli
