#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/cuda/CUDAGuard.h>

#include <cfloat>

#include "core/kernels/int8_kernels.h"
#include "core/kernels/int8_packs.cuh"
#include "core/kernels/mma.cuh"

namespace octet {
namespace {

constexpr int kLeast = -128, kMost = 127;

struct Arguments {
  const void* x;
  int rows;
  int width;
  bool known;  // whether left_out is known, or zeros at first
  float threshold;
  std::uint8_t* left_out;  // of columns
  std::int8_t* values;
  float* scale;
  std::int32_t* zero_point;
};

/// The row's scale, and columns in which it has an outlier.
template <typename T, int kCount>
__global__ void __launch_bounds__(32 * kWarps) inlier_kernel(const __grid_constant__ Arguments p) {
  mma::wait_for_previous_kernel();
  mma::let_next_kernel_start();
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int row = static_cast<int>(blockIdx.x) * kWarps + static_cast<int>(threadIdx.x) / 32;
  if (row >= p.rows) return;
  float largest = 0, wild = 0;
  const auto* packs = packs_of<T, kCount>(p.x, row, p.width);
  const auto* columns = packs_of<std::uint8_t, kCount>(p.left_out, 0, p.width);
  for (int i = lane; i < p.width / kCount; i += 32) {
    const auto pack = packs[i];
    const auto known = p.known ? columns[i] : Pack<std::uint8_t, kCount>{};
#pragma unroll
    for (int k = 0; k < kCount; ++k) {
      if (known.numbers[k] != 0) continue;
      const auto x = static_cast<float>(pack.numbers[k]);
      wild += x * 0;
      if (fabsf(x) < p.threshold)
        largest = fmaxf(largest, fabsf(x));
      else if (!p.known)
        p.left_out[i * kCount + k] = 1;
    }
  }
  // Floats that are not negative are in the order of their bits.
  largest = __int_as_float(most_of_warp(__float_as_int(largest)));
  const bool not_finite = __any_sync(0xffffffffu, wild != 0);
  if (lane != 0) return;
  const float step = largest / kMost;
  p.scale[row] = not_finite ? __int_as_float(0x7fc00000) : step < FLT_MIN ? 1.0f : step;
  p.zero_point[row] = 0;
}

template <typename T, int kCount>
__global__ void __launch_bounds__(32 * kWarps) round_inliers_kernel(const __grid_constant__ Arguments p) {
  mma::wait_for_previous_kernel();
  mma::let_next_kernel_start();
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int row = static_cast<int>(blockIdx.x) * kWarps + static_cast<int>(threadIdx.x) / 32;
  if (row >= p.rows) return;
  const float reciprocal = 1.0f / p.scale[row];
  const auto* packs = packs_of<T, kCount>(p.x, row, p.width);
  const auto* columns = packs_of<std::uint8_t, kCount>(p.left_out, 0, p.width);
  auto* out = packs_of<std::int8_t, kCount>(p.values, row, p.width);
  for (int i = lane; i < p.width / kCount; i += 32) {
    const auto pack = packs[i];
    const auto left_out = columns[i];
    Pack<std::int8_t, kCount> rounded;
#pragma unroll
    for (int k = 0; k < kCount; ++k) {
      const float integer = rintf(__fmul_rn(static_cast<float>(pack.numbers[k]), reciprocal));
      const float inside = fminf(fmaxf(integer, static_cast<float>(kLeast)), static_cast<float>(kMost));
      rounded.numbers[k] = static_cast<std::int8_t>(left_out.numbers[k] != 0 ? 0.0f : inside);
    }
    out[i] = rounded;
  }
}

struct Launch {
  template <typename T, int kCount>
  static void run(const Arguments& arguments, dim3 grid, dim3 block) {
    launch_dependent(inlier_kernel<T, kCount>, grid, block, 0, arguments);
    launch_dependent(round_inliers_kernel<T, kCount>, grid, block, 0, arguments);
  }
};

}  // namespace

InlierRows quantize_inliers_cuda(const at::Tensor& x, float threshold, const at::Tensor& known) {
  const c10::cuda::CUDAGuard guard(x.device());
  const auto rows = x.size(0), width = x.size(1);
  const auto of = [&](at::ScalarType type) { return x.options().dtype(type); };
  const InlierRows made{{at::empty({rows, width}, of(at::kChar)), at::empty({rows}, of(at::kFloat)),
                         at::empty({rows}, of(at::kInt))},
                        known.defined() ? known : at::zeros({width}, of(at::kBool))};
  if (made.rows.values.numel() == 0) return made;
  const Arguments arguments{x.const_data_ptr(),
                            static_cast<int>(rows),
                            static_cast<int>(width),
                            known.defined(),
                            threshold,
                            static_cast<std::uint8_t*>(made.outliers.data_ptr()),
                            made.rows.values.mutable_data_ptr<std::int8_t>(),
                            made.rows.scale.mutable_data_ptr<float>(),
                            made.rows.zero_point.mutable_data_ptr<std::int32_t>()};
  launch_packs<Launch>(x, arguments);
  return made;
}

}  // namespace octet
