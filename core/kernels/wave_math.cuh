#pragma once

#include "core/kernels/mma.cuh"

namespace octet::wave {

/// y + sin^2(alpha y) / (alpha + 1e-9). The sine's square has the period pi, and within half of it the fast
/// sine is exact to 2^-21.
__device__ inline float snake(float y, float alpha) {
  const float angle = y * alpha;
  const float turns = rintf(angle * 0.3183098861837907f);
  const float rest = fmaf(turns, -9.676535897932e-4f, fmaf(turns, -3.140625f, angle));
  const float sine = __sinf(rest);
  return y + __fdividef(sine * sine, alpha + 1e-9f);
}

/// Eight values as two terms of 16 bytes.
__device__ inline void store_terms(const float (&values)[8], __half* high, __half* low) {
  const uint4 rounded = mma::pack8<__half>(values);
  float back[8], rest[8];
  mma::unpack8<__half>(rounded, back);
#pragma unroll
  for (int k = 0; k < 8; ++k) rest[k] = values[k] - back[k];
  *reinterpret_cast<uint4*>(high) = rounded;
  *reinterpret_cast<uint4*>(low) = mma::pack8<__half>(rest);
}

}  // namespace octet::wave
