#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/outputs.h"
#include "core/kernels/arithmetic.h"
#include "core/metrics/sound_comparison.h"

namespace octet::cli {

void add_measure(CLI::App& app, const Globals& globals) {
  struct Options {
    std::string reference, test;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("measure", "All measures on two sound files.\nExample: octet measure A.wav B.wav");
  command->add_option("REF", options->reference, "the sound to compare with")->required();
  command->add_option("TEST", options->test, "the sound to judge")->required();
  command->callback([options, &globals] {
    check_places(globals, {}, {options->reference, options->test});
    configure_arithmetic(globals.threads);
    const auto comparison = compare_sounds(read_sound(options->reference), read_sound(options->test));
    for (const auto& warning : comparison.warnings) warn(warning);
    print(globals.json ? to_json(comparison) : to_table(comparison));
  });
}

}  // namespace octet::cli
