#pragma once

#include <stdexcept>
#include <string>

namespace octet {

/// Why something could not be done. The values are the exit codes of the command line.
enum class ErrorKind {
  check_failed = 1,  ///< a comparison or verification said no
  usage = 2,         ///< the request itself is wrong
  input = 3,         ///< a file or value that was given is missing, unreadable or wrong
  device = 4,        ///< no such device, or not enough memory
  cancelled = 5,     ///< stopped by the user
  output = 6,        ///< a result cannot be written
};

/// The only exception core throws. `what()` names the file, tensor or layer; `hint()` says what to try.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message, std::string hint = {})
      : std::runtime_error(message), kind_(kind), hint_(std::move(hint)) {}

  ErrorKind kind() const noexcept { return kind_; }
  const std::string& hint() const noexcept { return hint_; }

 private:
  ErrorKind kind_;
  std::string hint_;
};

}  // namespace octet
