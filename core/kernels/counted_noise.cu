#include <ATen/core/Tensor.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include "core/kernels/counted_noise.h"
#include "core/kernels/counted_normal.h"

namespace octet {
namespace {

constexpr int kThreads = 128;

/// A thread has four positions that one counter gives; the blocks' second dimension is the row.
__global__ void __launch_bounds__(kThreads)
    counted_normal_kernel(CountedNoise noise, long first, long count, float* to) {
  const long block = first / 4 + static_cast<long>(blockIdx.x) * kThreads + threadIdx.x;
  const long at = 4 * block - first;  // below 0 where `first` lies within a block
  if (at >= count) return;
  const auto made = normal_block(noise.seed, static_cast<std::uint64_t>(block), blockIdx.y, noise.draw);
  float* const row = to + blockIdx.y * count;
#pragma unroll
  for (int k = 0; k < 4; ++k)
    if (at + k >= 0 && at + k < count) row[at + k] = made.values[k];
}

__global__ void counted_uniform_kernel(CountedNoise noise, int rows, float* to) {
  const int row = static_cast<int>(blockIdx.x * kThreads + threadIdx.x);
  if (row < rows) to[row] = counted_uniform_number(noise.seed, static_cast<std::uint32_t>(row), noise.draw);
}

unsigned blocks_for(std::int64_t threads) {
  return static_cast<unsigned>((threads + kThreads - 1) / kThreads);
}

}  // namespace

void counted_normal_cuda(CountedNoise noise, std::int64_t first, const at::Tensor& to) {
  if (to.numel() == 0) return;
  const c10::cuda::CUDAGuard guard(to.device());
  const auto count = to.size(2), blocks = (first + count - 1) / 4 - first / 4 + 1;
  counted_normal_kernel<<<dim3(blocks_for(blocks), static_cast<unsigned>(to.size(1))), kThreads, 0,
                          c10::cuda::getCurrentCUDAStream()>>>(noise, first, count,
                                                               to.mutable_data_ptr<float>());
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

void counted_uniform_cuda(CountedNoise noise, const at::Tensor& to) {
  if (to.numel() == 0) return;
  const c10::cuda::CUDAGuard guard(to.device());
  counted_uniform_kernel<<<blocks_for(to.numel()), kThreads, 0, c10::cuda::getCurrentCUDAStream()>>>(
      noise, static_cast<int>(to.numel()), to.mutable_data_ptr<float>());
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

}  // namespace octet
