#pragma once

#include <stop_token>
#include <string>
#include <vector>

namespace octet::cli {

struct ProgramResult {
  int code = 0;              ///< as a shell has it: 128 and the number of the signal that ended it
  std::string written = {};  ///< to standard output
};

/// Runs `command` (a program's name or path, and its arguments) to its end, with `environment` ("NAME=value")
/// beside this process's own, nothing on standard input, and this process's standard error. Throws
/// Error(input) when there is no such program, Error(cancelled) once `stop` is requested: it is ended then.
ProgramResult run_program(const std::vector<std::string>& command,
                          const std::vector<std::string>& environment, const std::stop_token& stop);

}  // namespace octet::cli
