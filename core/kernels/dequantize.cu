#include <ATen/Dispatch.h>
#include <ATen/core/Tensor.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <algorithm>

#include "core/kernels/dequantize_rows.cuh"
#include "core/kernels/row_launch.cuh"

namespace octet {
namespace {

template <typename Out>
__global__ void dequantize_kernel(const signed char* values, const float* scale, long channels, long inner,
                                  long count, Out* out) {
  const long stride = static_cast<long>(gridDim.x) * blockDim.x;
  for (long i = static_cast<long>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += stride)
    out[i] = static_cast<Out>(static_cast<float>(values[i]) * scale[(i / inner) % channels]);
}

bool is_rows(const at::Tensor& values, std::int64_t channels, std::int64_t inner, const at::Tensor& out) {
  return out.element_size() == 2 && inner % 8 == 0 && values.numel() == channels * inner &&
         reinterpret_cast<std::uintptr_t>(values.const_data_ptr()) % 8 == 0 &&
         reinterpret_cast<std::uintptr_t>(out.const_data_ptr()) % 16 == 0;
}

struct All {
  QuantizedRows rows[kMostQuantized];
};

template <typename T>
__global__ void __launch_bounds__(256) dequantize_rows_kernel(const __grid_constant__ All all) {
  mma::wait_for_previous_kernel();
  mma::let_next_kernel_start();
  for (const auto& rows : all.rows)
    dequantize_part<T>(rows, static_cast<int>(blockIdx.x * blockDim.x + threadIdx.x),
                       static_cast<int>(gridDim.x * blockDim.x));
}

void launch_rows(const All& all, const at::Tensor& like) {
  constexpr int kThreads = 256;
  int most = 0;
  for (const auto& rows : all.rows) most = std::max(most, rows.count);
  const auto blocks = static_cast<unsigned>(std::clamp((most + kThreads - 1) / kThreads, 1, 1024));
  in_half_type(like, [&](auto value) {
    launch_dependent(dequantize_rows_kernel<decltype(value)>, dim3(blocks), dim3(kThreads), 0, all);
  });
}

}  // namespace

void dequantize_rows_cuda(const std::vector<const Int8Weight*>& weights, const std::vector<at::Tensor>& out) {
  if (weights.empty()) return;
  const c10::cuda::CUDAGuard on_their_gpu(out.front().device());
  for (std::size_t begin = 0; begin < weights.size(); begin += kMostQuantized) {
    All all{};
    for (std::size_t i = begin; i < std::min(begin + kMostQuantized, weights.size()); ++i)
      all.rows[i - begin] = rows_of(weights[i]->values, weights[i]->scale, out[i]);
    launch_rows(all, out.front());
  }
}

void dequantize_cuda(const at::Tensor& values, const at::Tensor& scale, std::int64_t channels,
                     std::int64_t inner, const at::Tensor& out) {
  // A kernel starts on the current GPU, which need not be the one that holds the weight.
  const c10::cuda::CUDAGuard on_its_gpu(values.device());
  if (is_rows(values, channels, inner, out)) {
    All one{};
    one.rows[0] = rows_of(values, scale, out);
    return launch_rows(one, out);
  }
  const long count = values.numel();
  constexpr int kThreads = 256;
  const int blocks = static_cast<int>(std::min<long>((count + kThreads - 1) / kThreads, 4096));
  const auto stream = c10::cuda::getCurrentCUDAStream(values.device().index());
  AT_DISPATCH_FLOATING_TYPES_AND2(at::kHalf, at::kBFloat16, out.scalar_type(), "dequantize", [&] {
    dequantize_kernel<scalar_t><<<blocks, kThreads, 0, stream>>>(
        reinterpret_cast<const signed char*>(values.const_data_ptr<int8_t>()), scale.const_data_ptr<float>(),
        channels, inner, count, out.mutable_data_ptr<scalar_t>());
  });
  C10_CUDA_KERNEL_LAUNCH_CHECK();
}

}  // namespace octet
