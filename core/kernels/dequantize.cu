#include <ATen/Dispatch.h>
#include <ATen/core/Tensor.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

namespace octet {
namespace {

template <typename Out>
__global__ void dequantize_kernel(const signed char* values, const float* scale, long channels, long inner,
                                  long count, Out* out) {
  const long stride = static_cast<long>(gridDim.x) * blockDim.x;
  for (long i = static_cast<long>(blockIdx.x) * blockDim.x + threadIdx.x; i < count; i += stride)
    out[i] = static_cast<Out>(static_cast<float>(values[i]) * scale[(i / inner) % channels]);
}

}  // namespace

void dequantize_cuda(const at::Tensor& values, const at::Tensor& scale, std::int64_t channels,
                     std::int64_t inner, const at::Tensor& out) {
  // A kernel starts on the current GPU, which need not be the one that holds the weight.
  const c10::cuda::CUDAGuard on_its_gpu(values.device());
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
