#include "core/kernels/memory_use.h"

#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>

#include <algorithm>

#include "core/kernels/memory_limit.h"
#include "core/kernels/proc_file.h"
#include "core/kernels/torch_types.h"
#include "core/torch_errors.h"

namespace octet {

MemoryUse memory_use(Device device) try {
  if (device.kind == Device::Kind::cpu) {
    const auto used = read_kilobytes("/proc/self/status", "VmRSS:");
    const auto machine = read_kilobytes("/proc/meminfo", "MemTotal:");
    return {used, std::min(machine, used + std::min(bytes_within_limits(), machine))};
  }
  std::size_t free = 0, total = 0;
  const c10::cuda::CUDAGuard guard(gpu_index(device));
  C10_CUDA_CHECK(cudaMemGetInfo(&free, &total));
  return {total - free, total};
} catch (...) {
  rethrow_as_error();
}

}  // namespace octet
