#include <c10/cuda/CUDAGuard.h>

#include "core/kernels/row_launch.cuh"
#include "core/kernels/row_tile.cuh"
#include "core/kernels/wave_kernels.h"
#include "core/kernels/wave_math.cuh"

namespace octet {
namespace {

struct Arguments {
  RowSource source;
  const float* scale;
  const float* bias;
  const float* residual;
  float* sum;
  WaveActivation activation;
  const float* alpha;
  float slope;
  __half* high;
  __half* low;
};

__device__ void activate(const Arguments& p, int column, float (&values)[8]) {
  if (p.activation == WaveActivation::snake) {
    float alpha[8];
    mma::load8(p.alpha + column, alpha);
#pragma unroll
    for (int k = 0; k < 8; ++k) values[k] = wave::snake(values[k], alpha[k]);
  } else if (p.activation == WaveActivation::leaky_relu) {
#pragma unroll
    for (int k = 0; k < 8; ++k) values[k] = values[k] > 0 ? values[k] : values[k] * p.slope;
  } else if (p.activation == WaveActivation::elu) {
#pragma unroll
    for (int k = 0; k < 8; ++k) values[k] = values[k] > 0 ? values[k] : expm1f(values[k]);
  }
}

template <class Tile>
__global__ void __launch_bounds__(Tile::kThreads)
    wave_convolution_kernel(const __grid_constant__ Arguments p) {
  extern __shared__ __align__(128) unsigned char memory[];
  const int row = static_cast<int>(blockIdx.x) * Tile::kRows,
            column = static_cast<int>(blockIdx.y) * Tile::kColumns;
  product_tile<Tile>(p.source, 0, row, column, /*settled=*/true, memory);
  const auto* const sums = reinterpret_cast<const float*>(memory);
  for (int i = static_cast<int>(threadIdx.x); i < Tile::kRows * Tile::kColumns / 8; i += Tile::kThreads) {
    const int r = i / (Tile::kColumns / 8), n = i % (Tile::kColumns / 8) * 8;
    if (row + r >= p.source.row_count || column + n >= p.source.width) continue;
    float values[8], scale[8], bias[8];
    mma::load8(sums + r * Tile::kStagedStride + n, values);
    mma::load8(p.scale + column + n, scale);
    mma::load8(p.bias + column + n, bias);
#pragma unroll
    for (int k = 0; k < 8; ++k) values[k] = fmaf(values[k], scale[k], bias[k]);
    const long at = static_cast<long>(row + r) * p.source.width + column + n;
    if (p.residual != nullptr) {
      float residual[8];
      mma::load8(p.residual + at, residual);
#pragma unroll
      for (int k = 0; k < 8; ++k) values[k] += residual[k];
    }
    if (p.sum != nullptr) {
      auto* const to = reinterpret_cast<float4*>(p.sum + at);
      to[0] = make_float4(values[0], values[1], values[2], values[3]);
      to[1] = make_float4(values[4], values[5], values[6], values[7]);
    }
    if (p.high != nullptr) {
      activate(p, column + n, values);
      wave::store_terms(values, p.high + at, p.low + at);
    }
  }
}

template <class Tile>
void launch(const Arguments& arguments) {
  launch_dependent(wave_convolution_kernel<Tile>,
                   dim3((arguments.source.row_count + Tile::kRows - 1) / Tile::kRows,
                        (arguments.source.width + Tile::kColumns - 1) / Tile::kColumns),
                   dim3(Tile::kThreads), Tile::kBytes, arguments);
}

}  // namespace

bool wave_kernels_run_on(at::Device device) {
  return device.is_cuda() && at::cuda::getDeviceProperties(device.index())->major >= 8;
}

void wave_convolution_cuda(const WaveConvolutionRequest& request) {
  const c10::cuda::CUDAGuard guard(request.weight.device());
  const auto& x = request.x.high;
  const auto channels = x.size(1);
  Arguments arguments{};
  arguments.source = {{x.const_data_ptr(), request.x.low.const_data_ptr()},
                      x.stride(0),
                      static_cast<int>(x.size(0)),
                      static_cast<int>(channels),
                      static_cast<int>(request.dilation),
                      static_cast<int>(request.lead),
                      {request.weight.const_data_ptr(), pointer_or_null<void>(request.weight_low)},
                      static_cast<int>(request.weight.size(0)),
                      static_cast<int>(request.weight.size(1) / channels)};
  arguments.scale = request.scale.const_data_ptr<float>();
  arguments.bias = request.bias.const_data_ptr<float>();
  arguments.residual = pointer_or_null<float>(request.residual);
  arguments.sum = request.sum.defined() ? request.sum.mutable_data_ptr<float>() : nullptr;
  arguments.activation = request.activation;
  arguments.alpha = pointer_or_null<float>(request.alpha);
  arguments.slope = static_cast<float>(request.slope);
  if (request.result.high.defined()) {
    arguments.high = static_cast<__half*>(request.result.high.mutable_data_ptr());
    arguments.low = static_cast<__half*>(request.result.low.mutable_data_ptr());
  }
  const bool wide = request.weight.size(0) >= 128, exact = !request.weight_low.defined();
  if (wide)
    exact ? launch<RowTile<__half, 64, 128, 64, 1, 3, 2, 1>>(arguments)
          : launch<RowTile<__half, 64, 128, 64, 1, 2, 2, 2>>(arguments);
  else
    exact ? launch<RowTile<__half, 128, 64, 32, 1, 2, 2, 1>>(arguments)
          : launch<RowTile<__half, 128, 64, 32, 1, 2, 2, 2>>(arguments);
}

}  // namespace octet
