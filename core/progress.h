#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "core/error.h"

namespace octet {

/// How far a long work has come.
struct Progress {
  std::string stage;  ///< what is being done, in words for a person
  int done = 0;       ///< finished parts of this stage
  int total = 0;      ///< parts of this stage; 0 when unknown
  /// Where the work knows better than that all parts take alike.
  std::optional<double> seconds_left = {};
};

/// Handed into every long work: says when to stop and where to report.
struct JobControl {
  std::stop_token stop;
  std::function<void(const Progress&)> report;

  /// Reports `progress`. Throws Error(cancelled) once a stop was asked for.
  void at(const Progress& progress) const {
    if (stop.stop_requested()) throw Error(ErrorKind::cancelled, "cancelled during " + progress.stage);
    if (report) report(progress);
  }
};

}  // namespace octet
