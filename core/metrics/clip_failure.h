#pragma once

#include <optional>

#include "core/error.h"

namespace octet {

/// Does `work`; the error of input or device that ended it, where one did. Others are thrown on.
template <typename Work>
std::optional<Error> failure_of(const Work& work) {
  try {
    work();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::input && error.kind() != ErrorKind::device) throw;
    return error;
  }
  return {};
}

}  // namespace octet
