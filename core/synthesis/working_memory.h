#pragma once

#include <cstdint>

#include "core/checkpoint/checkpoint.h"
#include "core/kernels/device.h"

namespace octet {

/// The most memory a synthesis takes beyond the weights, in bytes.
std::uint64_t working_bytes(const Checkpoint& checkpoint, std::int64_t prompt_frames,
                            std::int64_t output_frames);

/// Throws Error(device) when `device` cannot give what a synthesis takes.
void check_memory(const Checkpoint& checkpoint, Device device, std::int64_t prompt_frames,
                  std::int64_t output_frames);

}  // namespace octet
