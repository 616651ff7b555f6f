#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/cuda/CUDAGuard.h>

#include "core/kernels/int8_kernels.h"
#include "core/kernels/int8_packs.cuh"
#include "core/kernels/int8_step.h"
#include "core/kernels/mma.cuh"
#include "core/kernels/row_launch.cuh"

namespace octet {
namespace {

constexpr int kLeast = -128, kMost = 127;

/// Of a row, or of all of them: how far numbers go below and above nought, as the bits of floats that are not
/// negative, which are in their order; those of NaN where a number is not finite.
struct Reach {
  int below;
  int above;
};

struct Arguments {
  const void* x;
  int rows;
  int width;
  bool alone;  // all rows have one scale
  Reach* reach;
  std::int8_t* values;
  float* scale;
  std::int32_t* zero_point;
};

template <typename T, int kCount>
__global__ void __launch_bounds__(32 * kWarps) reach_kernel(const __grid_constant__ Arguments p) {
  __shared__ Reach shared[kWarps];
  mma::wait_for_previous_kernel();
  mma::let_next_kernel_start();
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  const int row = static_cast<int>(blockIdx.x) * kWarps + warp;
  Reach reach{};
  if (row < p.rows) {
    float below = 0, above = 0, wild = 0;
    const auto* packs = packs_of<T, kCount>(p.x, row, p.width);
    for (int i = lane; i < p.width / kCount; i += 32) {
      const auto pack = packs[i];
#pragma unroll
      for (const T number : pack.numbers) {
        const auto x = static_cast<float>(number);
        below = fmaxf(below, -x);
        above = fmaxf(above, x);
        wild += x * 0;
      }
    }
    reach = {most_of_warp(__float_as_int(below)), most_of_warp(__float_as_int(above))};
    if (__any_sync(0xffffffffu, wild != 0)) reach = {0x7fc00000, 0x7fc00000};
  }
  if (!p.alone) {
    if (row < p.rows && lane == 0) p.reach[row] = reach;
    return;
  }
  if (lane == 0) shared[warp] = reach;
  __syncthreads();
  if (threadIdx.x == 0) {
    for (const auto& other : shared) reach = {max(reach.below, other.below), max(reach.above, other.above)};
    atomicMax(&p.reach->below, reach.below);
    atomicMax(&p.reach->above, reach.above);
  }
}

template <typename T, int kCount>
__global__ void __launch_bounds__(32 * kWarps) round_kernel(const __grid_constant__ Arguments p) {
  mma::wait_for_previous_kernel();
  mma::let_next_kernel_start();
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int row = static_cast<int>(blockIdx.x) * kWarps + static_cast<int>(threadIdx.x) / 32;
  if (row >= p.rows) return;
  const Reach reach = p.reach[p.alone ? 0 : row];
  const Int8Step step = int8_step_of(-__int_as_float(reach.below), __int_as_float(reach.above));
  if (lane == 0 && (!p.alone || row == 0)) {
    p.scale[p.alone ? 0 : row] = step.scale;
    p.zero_point[p.alone ? 0 : row] = step.zero_point;
  }
  const float reciprocal = 1.0f / step.scale;
  const auto zero_point = static_cast<float>(step.zero_point);
  const auto* packs = packs_of<T, kCount>(p.x, row, p.width);
  auto* out = packs_of<std::int8_t, kCount>(p.values, row, p.width);
  for (int i = lane; i < p.width / kCount; i += 32) {
    const auto pack = packs[i];
    Pack<std::int8_t, kCount> rounded;
#pragma unroll
    for (int k = 0; k < kCount; ++k) {
      const float integer = rintf(__fmul_rn(static_cast<float>(pack.numbers[k]), reciprocal)) + zero_point;
      rounded.numbers[k] = static_cast<std::int8_t>(
          fminf(fmaxf(integer, static_cast<float>(kLeast)), static_cast<float>(kMost)));
    }
    out[i] = rounded;
  }
}

struct Launch {
  template <typename T, int kCount>
  static void run(const Arguments& arguments, dim3 grid, dim3 block) {
    launch_dependent(reach_kernel<T, kCount>, grid, block, 0, arguments);
    launch_dependent(round_kernel<T, kCount>, grid, block, 0, arguments);
  }
};

}  // namespace

Int8Rows quantize_rows_cuda(const at::Tensor& x, ActivationScales scales) {
  const c10::cuda::CUDAGuard guard(x.device());
  const bool alone = scales == ActivationScales::per_tensor;
  const auto rows = x.size(0), width = x.size(1), scale_count = alone ? 1 : rows;
  const auto integers = x.options().dtype(at::kInt);
  Int8Rows made{at::empty({rows, width}, x.options().dtype(at::kChar)),
                at::empty({scale_count}, x.options().dtype(at::kFloat)), at::empty({scale_count}, integers)};
  if (made.values.numel() == 0) return made;
  const auto reach = alone ? at::zeros({1, 2}, integers) : at::empty({rows, 2}, integers);
  const Arguments arguments{x.const_data_ptr(),
                            static_cast<int>(rows),
                            static_cast<int>(width),
                            alone,
                            static_cast<Reach*>(reach.mutable_data_ptr()),
                            made.values.mutable_data_ptr<std::int8_t>(),
                            made.scale.mutable_data_ptr<float>(),
                            made.zero_point.mutable_data_ptr<std::int32_t>()};
  launch_packs<Launch>(x, arguments);
  return made;
}

}  // namespace octet
