#pragma once

#include "core/kernels/device.h"

namespace octet {

/// What work takes of a GPU, in bytes.
struct GpuFootprint {
  std::uint64_t allocated = 0;  ///< by tensors, at the most at a time
  std::uint64_t reserved = 0;   ///< by torch's allocator, at the most: tensors, recorded work, unused blocks
  std::uint64_t beside = 0;  ///< now, beside the allocator: CUDA's context, code, graphs, and other programs
};

/// Measures this process from when it was made, and drops what the allocator and cuBLAS had kept from before.
class GpuFootprintMeter {
 public:
  explicit GpuFootprintMeter(Device device);
  GpuFootprint measured() const;

 private:
  Device device_;
};

}  // namespace octet
