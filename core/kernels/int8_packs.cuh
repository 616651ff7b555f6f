#pragma once

// How kernels that round rows to int8 go through them: a warp a row, a pack of numbers a lane.

#include <cstdint>

#include "core/kernels/row_launch.cuh"

namespace octet {

constexpr int kWarps = 8;  ///< of a block, one row each

/// What a lane reads and writes at once.
template <typename T, int kCount>
struct alignas(sizeof(T) * kCount < 16 ? sizeof(T) * kCount : 16) Pack {
  T numbers[kCount];
};

template <typename T, int kCount>
__device__ const Pack<T, kCount>* packs_of(const void* rows, int row, int width) {
  return reinterpret_cast<const Pack<T, kCount>*>(static_cast<const T*>(rows) +
                                                  static_cast<long>(row) * width);
}

template <typename T, int kCount>
__device__ Pack<T, kCount>* packs_of(T* rows, int row, int width) {
  return reinterpret_cast<Pack<T, kCount>*>(rows + static_cast<long>(row) * width);
}

__device__ inline int most_of_warp(int value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2)
    value = max(value, __shfl_xor_sync(0xffffffffu, value, distance));
  return value;
}

/// Runs `Launch` for the type of `x` [rows, width], contiguous, with as many numbers a pack as lie well.
template <typename Launch, typename Arguments>
void launch_packs(const at::Tensor& x, const Arguments& arguments) {
  constexpr int kMany = 8;
  const dim3 grid(static_cast<unsigned>((x.size(0) + kWarps - 1) / kWarps)), block(32 * kWarps);
  const bool aligned =
      x.size(1) % kMany == 0 && reinterpret_cast<std::uintptr_t>(x.const_data_ptr()) % 16 == 0;
  in_float_type(x, [&](auto value) {
    using T = decltype(value);
    aligned ? Launch::template run<T, kMany>(arguments, grid, block)
            : Launch::template run<T, 1>(arguments, grid, block);
  });
}

}  // namespace octet
