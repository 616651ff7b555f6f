#pragma once

#include "app/cli/commands.h"

namespace octet::cli {

/// `plan streams`.
void add_plan_streams(CLI::App& plan, const Globals& globals);

}  // namespace octet::cli
