#pragma once

namespace octet {

__device__ inline float exp2_fast(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

/// The largest, or the sum, over the four lanes that share a row.
__device__ inline float largest_of_row(float value) {
  value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, 1));
  return fmaxf(value, __shfl_xor_sync(0xffffffffu, value, 2));
}
__device__ inline float sum_of_row(float value) {
  value += __shfl_xor_sync(0xffffffffu, value, 1);
  return value + __shfl_xor_sync(0xffffffffu, value, 2);
}

/// Rows of a batch entry that count. To be called by whole warps: through a shuffle the compiler knows that
/// all lanes have the same, and need not ask it before each of those that follow.
__device__ inline int length_of(const int* lengths, int entry) {
  return __shfl_sync(0xffffffffu, lengths[entry], 0);
}

}  // namespace octet
