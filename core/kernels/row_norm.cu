#include <c10/cuda/CUDAGuard.h>

#include "core/kernels/mma.cuh"
#include "core/kernels/row_kernels.h"
#include "core/kernels/row_launch.cuh"

namespace octet {
namespace {

constexpr int kWarps = 8;       // one row each
constexpr int kMostChunks = 4;  // of 8 channels a lane: 1024 channels

struct Arguments {
  const void* x;
  long row_stride;
  long batch_stride;
  int rows;
  int all_rows;
  int channels;
  RowNormRequest::Activation activation;
  const float* norm_weight;
  const float* norm_bias;
  float norm_eps;
  const float* shift;
  const void* residual;
  long residual_row_stride;
  long residual_batch_stride;
  void* out;
};

__device__ float mish(float x) {
  const float e = __expf(fminf(x, 20.0f));
  const float n = e * (e + 2.0f);
  return x * __fdividef(n, n + 2.0f);
}

/// kChunks: of 8 channels a lane.
template <typename T, int kChunks>
__global__ void __launch_bounds__(32 * kWarps) row_norm_kernel(const __grid_constant__ Arguments p) {
  const int lane = static_cast<int>(threadIdx.x) % 32;
  const int row = static_cast<int>(blockIdx.x) * kWarps + static_cast<int>(threadIdx.x) / 32;
  const int chunks = p.channels / 8;
  float weight[kChunks][8], bias[kChunks][8];  // read before the rows are there: they come from far
#pragma unroll
  for (int i = 0; i < kChunks; ++i)
    if (const int chunk = lane + 32 * i; chunk < chunks) {
      mma::load8(p.norm_weight + 8 * chunk, weight[i]);
      mma::load8(p.norm_bias + 8 * chunk, bias[i]);
    }
  mma::wait_for_previous_kernel();
  mma::let_next_kernel_start();
  if (row >= p.all_rows) return;
  const int entry = row / p.rows, within = row % p.rows;
  const auto* x = reinterpret_cast<const uint4*>(static_cast<const T*>(p.x) + entry * p.batch_stride +
                                                 within * p.row_stride);
  float values[kChunks][8];
  float sum = 0;
#pragma unroll
  for (int i = 0; i < kChunks; ++i)
    if (const int chunk = lane + 32 * i; chunk < chunks) {
      mma::unpack8<T>(x[chunk], values[i]);
#pragma unroll
      for (int k = 0; k < 8; ++k) sum += values[i][k];
    }
  const float mean = mma::sum_over_warp(sum) / static_cast<float>(p.channels);
  float squares = 0;
#pragma unroll
  for (int i = 0; i < kChunks; ++i)
    if (lane + 32 * i < chunks)
#pragma unroll
      for (int k = 0; k < 8; ++k) squares += (values[i][k] - mean) * (values[i][k] - mean);
  const float scale = rsqrtf(mma::sum_over_warp(squares) / static_cast<float>(p.channels) + p.norm_eps);
#pragma unroll
  for (int i = 0; i < kChunks; ++i)
    if (const int chunk = lane + 32 * i; chunk < chunks) {
      float residual[8] = {}, shift[8] = {};
      if (p.residual != nullptr)
        mma::unpack8<T>(reinterpret_cast<const uint4*>(static_cast<const T*>(p.residual) +
                                                       entry * p.residual_batch_stride +
                                                       within * p.residual_row_stride)[chunk],
                        residual);
      if (p.shift != nullptr) mma::load8(p.shift + 8 * chunk, shift);
#pragma unroll
      for (int k = 0; k < 8; ++k) {
        const float normed = (values[i][k] - mean) * scale * weight[i][k] + bias[i][k];
        const float shown = p.activation == RowNormRequest::Activation::mish ? mish(normed) : normed;
        values[i][k] = shown + residual[k] + shift[k];
      }
      reinterpret_cast<uint4*>(static_cast<T*>(p.out) + static_cast<long>(row) * p.channels)[chunk] =
          mma::pack8<T>(values[i]);
    }
}

template <typename T, int kChunks>
void launch(const Arguments& arguments) {
  launch_dependent(row_norm_kernel<T, kChunks>,
                   dim3(static_cast<unsigned>((arguments.all_rows + kWarps - 1) / kWarps)), dim3(32 * kWarps),
                   0, arguments);
}

}  // namespace

void row_norm_cuda(const RowNormRequest& request) {
  const c10::cuda::CUDAGuard guard(request.x.device());
  const auto& x = request.x;
  Arguments arguments{};
  arguments.x = x.const_data_ptr();
  arguments.row_stride = x.stride(1);
  arguments.batch_stride = x.stride(0);
  arguments.rows = static_cast<int>(x.size(1));
  arguments.all_rows = static_cast<int>(x.size(0) * x.size(1));
  arguments.channels = static_cast<int>(x.size(2));
  arguments.activation = request.activation;
  arguments.norm_weight = pointer_or_null<float>(request.norm.weight);
  arguments.norm_bias = pointer_or_null<float>(request.norm.bias);
  arguments.norm_eps = static_cast<float>(request.norm.eps);
  arguments.shift = pointer_or_null<float>(request.shift);
  arguments.residual = pointer_or_null<void>(request.residual);
  if (request.residual.defined()) {
    arguments.residual_row_stride = request.residual.stride(1);
    arguments.residual_batch_stride = request.residual.stride(0);
  }
  arguments.out = request.out.mutable_data_ptr();
  in_half_type(x, [&](auto value) {
    using T = decltype(value);
    const auto chunks = (arguments.channels + 255) / 256;
    chunks == 1   ? launch<T, 1>(arguments)
    : chunks == 2 ? launch<T, 2>(arguments)
                  : launch<T, kMostChunks>(arguments);
  });
}

}  // namespace octet
