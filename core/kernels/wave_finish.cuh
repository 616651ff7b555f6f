#pragma once

// How a convolution of the vocoder ends: eight columns of a row at a time, from fp32 sums to the result.

#include "core/kernels/row_launch.cuh"
#include "core/kernels/wave_kernels.h"
#include "core/kernels/wave_math.cuh"

namespace octet {

struct WaveFinishSource {
  int width;
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

inline WaveFinishSource finish_of(const WaveConvolutionRequest& request) {
  const bool activated = request.result.high.defined();
  return {static_cast<int>(request.weight.size(0)),
          request.scale.const_data_ptr<float>(),
          request.bias.const_data_ptr<float>(),
          pointer_or_null<float>(request.residual),
          request.sum.defined() ? request.sum.mutable_data_ptr<float>() : nullptr,
          request.activation,
          pointer_or_null<float>(request.alpha),
          static_cast<float>(request.slope),
          activated ? static_cast<__half*>(request.result.high.mutable_data_ptr()) : nullptr,
          activated ? static_cast<__half*>(request.result.low.mutable_data_ptr()) : nullptr};
}

__device__ inline void activate(const WaveFinishSource& p, int column, float (&values)[8]) {
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

/// Scale, bias, residual, and the activation of that.
__device__ inline void finish_wave(const WaveFinishSource& p, int row, int column, float (&values)[8]) {
  float scale[8], bias[8];
  mma::load8(p.scale + column, scale);
  mma::load8(p.bias + column, bias);
#pragma unroll
  for (int k = 0; k < 8; ++k) values[k] = fmaf(values[k], scale[k], bias[k]);
  const long at = static_cast<long>(row) * p.width + column;
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
    activate(p, column, values);
    wave::store_terms(values, p.high + at, p.low + at);
  }
}

}  // namespace octet
