#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/audio/sound_file.h"
#include "core/checkpoint/checkpoint.h"
#include "core/kernels/device.h"

namespace octet {

// The most memory that work takes beyond the weights, in bytes: measured at the allocator, then rounded up
// (docs/benchmarks.md, tests/synthesis/test_memory.cpp).

/// Of a clip.
struct MelFrames {
  std::int64_t prompt = 0;
  std::int64_t output = 0;
};
/// Of clips that are made at once.
std::uint64_t synthesis_bytes(const Checkpoint& checkpoint, std::span<const MelFrames> clips);
/// Speech tokens of all of `sound`.
std::uint64_t tokenizing_bytes(const Checkpoint& checkpoint, const Sound& sound);
/// A voice from the first `longest` seconds of `sound`.
std::uint64_t conditioning_bytes(const Checkpoint& checkpoint, const Sound& sound, double longest);

/// What a piece of work takes of a device.
struct MemoryNeed {
  std::uint64_t weights = 0;  ///< that are yet to be loaded, and loading them
  std::uint64_t working = 0;
};

/// Throws Error(device) when `device` cannot give that. `work` is a noun phrase such as "listening to 3.0 s",
/// `hint` says how to need less.
void check_memory(Device device, MemoryNeed need, const std::string& work, const std::string& hint);

}  // namespace octet
