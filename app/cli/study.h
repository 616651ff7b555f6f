#pragma once

#include <CLI/CLI.hpp>

#include "app/cli/console.h"

namespace octet::cli {

// Each adds one command below `octet study`.
void add_sensitivity(CLI::App& study, const Globals& globals);
void add_auto_plan(CLI::App& study, const Globals& globals);
void add_pairs(CLI::App& study, const Globals& globals);
void add_merge(CLI::App& study, const Globals& globals);
void add_risk(CLI::App& study, const Globals& globals);

}  // namespace octet::cli
