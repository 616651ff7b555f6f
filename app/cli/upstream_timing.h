#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "core/checkpoint/checkpoint.h"
#include "core/synthesis/benchmark.h"
#include "core/synthesis/timing_spread.h"

namespace octet::cli {

/// One synthesis by upstream's Python, from ids to samples in ordinary memory.
struct UpstreamTiming {
  std::string way;  ///< "stock"; "export" where the checkpoint is one of Octet's
  std::optional<TimingSpread> seconds;
  std::optional<std::uint64_t> resident_bytes;  ///< at torch's allocator, on a GPU
  std::optional<std::uint64_t> peak_bytes;
  std::string failed;  ///< what it raised, where there are no seconds
};

/// Lengths, steps, rounds, device and threads are those of `request` and `device`; one clip at once. Runs
/// `python3 -m octet_s3gen bench`, or the Python that OCTET_PYTHON names. Throws Error(input) when it cannot
/// be run, or gives no timing; it has said why by then.
UpstreamTiming time_upstream(const Checkpoint& checkpoint, const BenchmarkRequest& request, Device device,
                             const std::stop_token& stop);

}  // namespace octet::cli
