#include "app/cli/study.h"

#include "app/cli/commands.h"

namespace octet::cli {

void add_study(CLI::App& app, const Globals& globals) {
  auto* study = app.add_subcommand("study",
                                   "Experiments made of many syntheses; they go on where they were stopped.\n"
                                   "Example: octet study sensitivity s3gen.safetensors -o s.json");
  study->require_subcommand(1);
  add_sensitivity(*study, globals);
  add_auto_plan(*study, globals);
  add_pairs(*study, globals);
  add_merge(*study, globals);
  add_risk(*study, globals);
}

}  // namespace octet::cli
