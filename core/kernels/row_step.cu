#include <c10/cuda/CUDAGuard.h>

#include "core/kernels/mma.cuh"
#include "core/kernels/row_kernels.h"
#include "core/kernels/row_launch.cuh"

namespace octet {
namespace {

constexpr int kThreads = 128;

struct Arguments {
  const float* slope;
  const float* unguided;  // or null
  const float* length;
  float more;  // 1 + guidance
  float guidance;
  float* exact;
  void* read;
  long row_stride;
  long half_stride;
  int halves;  // of what is read
  int eights;  // of a row
  int count;   // of eights
};

template <typename T>
__global__ void __launch_bounds__(kThreads) row_step_kernel(const Arguments p) {
  mma::wait_for_previous_kernel();
  mma::let_next_kernel_start();
  const int i = static_cast<int>(blockIdx.x) * kThreads + static_cast<int>(threadIdx.x);
  if (i >= p.count) return;
  float slope[8], exact[8];
  mma::load8(p.slope + 8L * i, slope);
  mma::load8(p.exact + 8L * i, exact);
  if (p.unguided != nullptr) {
    float unguided[8];
    mma::load8(p.unguided + 8L * i, unguided);
#pragma unroll
    for (int k = 0; k < 8; ++k)
      slope[k] = __fsub_rn(__fmul_rn(p.more, slope[k]), __fmul_rn(p.guidance, unguided[k]));
  }
  const float length = *p.length;
#pragma unroll
  for (int k = 0; k < 8; ++k) exact[k] = __fadd_rn(exact[k], __fmul_rn(length, slope[k]));
  auto* const to = reinterpret_cast<float4*>(p.exact + 8L * i);
  to[0] = make_float4(exact[0], exact[1], exact[2], exact[3]);
  to[1] = make_float4(exact[4], exact[5], exact[6], exact[7]);
  const uint4 packed = mma::pack8<T>(exact);
  T* const read = static_cast<T*>(p.read) + i / p.eights * p.row_stride + i % p.eights * 8;
  for (int half = 0; half < p.halves; ++half) *reinterpret_cast<uint4*>(read + half * p.half_stride) = packed;
}

}  // namespace

void row_step_cuda(const RowStepRequest& request) {
  const c10::cuda::CUDAGuard guard(request.exact.device());
  const auto count = request.exact.numel(), clips = request.exact.size(0);
  const auto* const slope = request.slope.const_data_ptr<float>();
  Arguments arguments{slope,
                      request.slope.size(0) > clips ? slope + count : nullptr,
                      request.length.const_data_ptr<float>(),
                      static_cast<float>(1.0 + request.guidance),
                      static_cast<float>(request.guidance),
                      request.exact.mutable_data_ptr<float>(),
                      request.read.mutable_data_ptr(),
                      request.read.stride(1),
                      clips * request.read.stride(0),
                      static_cast<int>(request.read.size(0) / clips),
                      static_cast<int>(request.exact.size(2) / 8),
                      static_cast<int>(count / 8)};
  in_half_type(request.read, [&](auto value) {
    launch_dependent(row_step_kernel<decltype(value)>,
                     dim3(static_cast<unsigned>((arguments.count + kThreads - 1) / kThreads)), dim3(kThreads),
                     0, arguments);
  });
}

}  // namespace octet
