#pragma once

#include <QStringList>
#include <cstdint>
#include <vector>

#include "core/synthesis/benchmark.h"

namespace octet::ui {

/// What speaking costs under the plans of the slots: of each the same, round after round in turn.
struct PlanTimes {
  QStringList names;  ///< of the slots: "A", "B" …; behind them "bf16" where no slot is all bf16
  BenchmarkRequest request;
  std::vector<PlanTiming> plans;    ///< as many
  std::uint64_t working_bytes = 0;  ///< beyond the weights, at most
  bool on_gpu = false;              ///< where the allocator told what stages held
  QString device = {};              ///< "CPU", or the GPU's own name
  qsizetype of_slots = 0;           ///< how many of the names are slots
};

}  // namespace octet::ui
