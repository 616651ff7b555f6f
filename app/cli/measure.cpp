#include "app/cli/commands.h"
#include "app/cli/inputs.h"
#include "app/cli/outputs.h"
#include "core/kernels/arithmetic.h"
#include "core/metrics/sound_comparison.h"

namespace octet::cli {

void add_measure(CLI::App& app, const Globals& globals) {
  struct Options {
    std::string reference, test;
    Predictions predictions = Predictions::left_out;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("measure", "All measures on two sound files.\nExample: octet measure A.wav B.wav");
  command->add_option("REF", options->reference, "the sound to compare with")->required();
  command->add_option("TEST", options->test, "the sound to judge")->required();
  add_predictions_option(*command, options->predictions);
  command->callback([options, &globals] {
    check_places(globals, {}, {options->reference, options->test});
    configure_arithmetic(globals.threads);
    const auto comparison =
        compare_sounds(read_sound(options->reference), read_sound(options->test), options->predictions);
    for (const auto& warning : comparison.warnings) warn(warning);
    print(globals.json ? to_json(comparison) : to_table(comparison));
  });
}

}  // namespace octet::cli
