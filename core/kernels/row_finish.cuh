#pragma once

// How a product of rows ends: eight columns of a row at a time, from fp32 sums to the result.

#include "core/kernels/mma.cuh"
#include "core/kernels/row_kernels.h"
#include "core/kernels/row_launch.cuh"

namespace octet {

struct RowFinishSource {
  bool gelu;
  const void* residual;
  long residual_stride;
  void* out;
  long out_stride;
  bool out_fp32;
};

inline RowFinishSource finish_of(const RowProductRequest& request) {
  return {request.gelu,
          pointer_or_null<void>(request.residual),
          request.residual.defined() ? request.residual.stride(1) : 0,
          request.out.mutable_data_ptr(),
          request.out.stride(1),
          request.out.scalar_type() == at::kFloat};
}

/// x * (1 + erf(x / sqrt 2)) / 2; erf by Abramowitz and Stegun 7.1.26, off by 1.5e-7 at most.
__device__ inline float gelu(float x) {
  const float z = fabsf(x) * 0.7071067811865476f;
  const float t = __fdividef(1.0f, 1.0f + 0.3275911f * z);
  const float polynomial =
      t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
  const float rest = polynomial * exp2f(z * z * -1.4426950408889634f);  // erfc(|z|)
  return x >= 0 ? x - 0.5f * x * rest : 0.5f * x * rest;
}

template <typename T>
__device__ inline uint4 residual_of(const RowFinishSource& p, long row, int column) {
  return *reinterpret_cast<const uint4*>(static_cast<const T*>(p.residual) + row * p.residual_stride +
                                         column);
}

/// Eight of a bias, or zeros where there is none.
__device__ inline void bias_of(const float* bias, int column, float (&to)[8]) {
  if (bias != nullptr) {
    mma::load8(bias + column, to);
  } else {
#pragma unroll
    for (int k = 0; k < 8; ++k) to[k] = 0;
  }
}

/// Bias, activation, residual. `values` become the result.
template <typename T>
__device__ inline void finish_eight(const RowFinishSource& p, const float (&bias)[8], const uint4& residual,
                                    float (&values)[8]) {
#pragma unroll
  for (int k = 0; k < 8; ++k) values[k] += bias[k];
  if (p.gelu)
#pragma unroll
    for (int k = 0; k < 8; ++k) values[k] = gelu(values[k]);
  if (p.residual != nullptr) {
    float added[8];
    mma::unpack8<T>(residual, added);
#pragma unroll
    for (int k = 0; k < 8; ++k) values[k] += added[k];
  }
}

template <typename T>
__device__ inline void store_eight(const RowFinishSource& p, long row, int column, const float (&values)[8]) {
  const long to = row * p.out_stride + column;
  if (p.out_fp32) {
    auto* out = reinterpret_cast<float4*>(static_cast<float*>(p.out) + to);
    out[0] = make_float4(values[0], values[1], values[2], values[3]);
    out[1] = make_float4(values[4], values[5], values[6], values[7]);
  } else {
    *reinterpret_cast<uint4*>(static_cast<T*>(p.out) + to) = mma::pack8<T>(values);
  }
}

}  // namespace octet
