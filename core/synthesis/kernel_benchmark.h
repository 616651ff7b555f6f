#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/kernels/device.h"
#include "core/progress.h"
#include "core/synthesis/timing_spread.h"

namespace octet {

/// What one operation takes at the size that it has in a synthesis of 10 s after a prompt of 10 s by a model
/// of upstream's widths.
struct KernelTiming {
  std::string name;
  TimingSpread seconds;  ///< of one call, among others of its kind, recorded on a GPU
  double flops = 0;      ///< multiplications and additions of its products; 0 where it has none
  double bytes = 0;      ///< that it cannot do without reading and writing
};

/// Times of every operation that a kernel of ours computes (core/ops), random numbers in; on the CPU of what
/// stands for it there. `rounds`, at least 1, beside one that is not counted.
std::vector<KernelTiming> benchmark_kernels(Device device, int rounds, const JobControl& control);

}  // namespace octet
