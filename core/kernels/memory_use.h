#pragma once

#include "core/kernels/device.h"

namespace octet {

/// Memory in use, and all there is, in bytes.
struct MemoryUse {
  std::uint64_t used = 0;
  std::uint64_t total = 0;
};

/// Of a GPU what everybody holds there; on the CPU what this process holds, and may hold in all.
MemoryUse memory_use(Device device);

}  // namespace octet
