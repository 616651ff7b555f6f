#pragma once

#include <CLI/CLI.hpp>

#include "app/cli/console.h"

namespace octet::cli {

// Each adds one command to `app`; it runs as the command's callback and throws octet::Error.
void add_demo(CLI::App& app, const Globals& globals);
void add_inspect(CLI::App& app, const Globals& globals);
void add_plan(CLI::App& app, const Globals& globals);
void add_synth(CLI::App& app, const Globals& globals);
void add_calibrate(CLI::App& app, const Globals& globals);
void add_compare(CLI::App& app, const Globals& globals);
void add_layers(CLI::App& app, const Globals& globals);
void add_validate(CLI::App& app, const Globals& globals);
void add_study(CLI::App& app, const Globals& globals);
void add_reference_set(CLI::App& app, const Globals& globals);
void add_measure(CLI::App& app, const Globals& globals);
void add_export(CLI::App& app, const Globals& globals);
void add_verify(CLI::App& app, const Globals& globals);
void add_bench(CLI::App& app, const Globals& globals);
void add_doctor(CLI::App& app, const Globals& globals);

}  // namespace octet::cli
