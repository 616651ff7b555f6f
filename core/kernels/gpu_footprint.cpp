#include "core/kernels/gpu_footprint.h"

#include <ATen/cuda/CUDAContextLight.h>
#include <c10/cuda/CUDACachingAllocator.h>

#include "core/kernels/memory_use.h"
#include "core/kernels/torch_types.h"
#include "core/torch_errors.h"

namespace octet {

GpuFootprintMeter::GpuFootprintMeter(Device device) : device_(device) {
  synchronize(device_);
  translating_torch_errors([&] {
    at::cuda::clearCublasWorkspaces();  // one for each stream that ever multiplied
    c10::cuda::CUDACachingAllocator::emptyCache();
    c10::cuda::CUDACachingAllocator::resetPeakStats(gpu_index(device_));
  });
}

GpuFootprint GpuFootprintMeter::measured() const {
  synchronize(device_);
  const auto used = memory_use(device_).used;
  return translating_torch_errors([&] {
    const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(gpu_index(device_));
    const auto bytes = [](std::int64_t value) { return static_cast<std::uint64_t>(value); };
    return GpuFootprint{bytes(stats.allocated_bytes[0].peak), bytes(stats.reserved_bytes[0].peak),
                        used - bytes(stats.reserved_bytes[0].current)};
  });
}

}  // namespace octet
