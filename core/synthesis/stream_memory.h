#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/checkpoint.h"
#include "core/kernels/device.h"
#include "core/plan/plan.h"
#include "core/progress.h"

namespace octet {

// What synthesis takes of a GPU, and how much of it fits on one of a given size. All figures are measured or
// sums of measured ones; GB are 10^9 bytes.

/// What one process takes that makes so many clips at once, in bytes.
struct StreamMemory {
  double seconds = 0;                 ///< of speech a clip has
  int clips = 0;                      ///< made at once
  std::uint64_t weight_bytes = 0;     ///< flow and vocoder
  std::uint64_t allocated_bytes = 0;  ///< by tensors, at the most at a time
  std::uint64_t reserved_bytes = 0;   ///< by torch's allocator, at the most, while work is recorded
  std::uint64_t recorded_bytes = 0;   ///< of these, what recorded work keeps
  std::uint64_t beside_bytes = 0;  ///< beside the allocator: CUDA's context, code and graphs, other programs
  std::string failed = {};         ///< why it was not measured, such as a GPU that is too small; else empty

  std::uint64_t process_bytes() const { return reserved_bytes + beside_bytes; }
  bool operator==(const StreamMemory&) const = default;
};

struct PlanStreams {
  std::string plan;                ///< its name and base
  std::uint64_t stored_bytes = 0;  ///< of flow and vocoder in an export: tells plans and model sizes apart
  std::vector<StreamMemory> cases;

  bool operator==(const PlanStreams&) const = default;
};

struct StreamMeasures {
  std::string device;  ///< the GPU's own name
  std::vector<PlanStreams> plans;

  bool operator==(const StreamMeasures&) const = default;
};

inline constexpr std::array kStreamSeconds{5.0, 10.0, 30.0};
inline constexpr std::array kStreamClips{1, 4, 16};
inline constexpr double kStreamPromptSeconds = 10;  ///< the longest that a voice's prompt gets
inline constexpr std::array kGpuGigabytes{6.0, 8.0, 12.0, 16.0, 24.0, 80.0};

/// Speaks clips of kStreamSeconds, kStreamClips at once, under each plan, each in an engine of its own, and
/// measures what that takes: of a GPU that nothing else uses. Throws Error(device) for the CPU.
StreamMeasures measure_streams(const std::shared_ptr<const Checkpoint>& checkpoint,
                               const std::vector<ResolvedPlan>& plans, Device device,
                               const JobControl& control);

/// What was measured of these plans on this checkpoint, in their order. `origin` names the measures in
/// errors. Throws Error(input) where one of them was not: another name, or other bytes in flow or vocoder.
StreamMeasures streams_of(const StreamMeasures& measures, const Checkpoint& checkpoint,
                          const std::vector<ResolvedPlan>& plans, std::string_view origin);

/// On a GPU of so many bytes.
struct StreamFit {
  int streams = 0;               ///< clips at once, in as many processes as fit beside each other
  std::uint64_t left_bytes = 0;  ///< beside one process; 0 where there is no place for one
};

/// `others` is what else lies on the GPU, in bytes.
StreamFit streams_that_fit(const StreamMemory& measured, double gigabytes, std::uint64_t others);

}  // namespace octet
