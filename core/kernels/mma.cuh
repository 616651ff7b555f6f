#pragma once

// Tensor-core building blocks that all NVIDIA GPUs from compute capability 8.0 on have: asynchronous copies
// into shared memory, ldmatrix, mma.m16n8k16 of two 16-bit types with fp32 sums; and from 9.0 on the
// dependent launch.

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

namespace octet::mma {

/// Tiles lie in shared memory as rows of 64 values of 16 bits, eight chunks of 16 bytes. Chunks are swapped
/// by the row so that eight rows of one chunk are in eight different banks.
constexpr int kTileWidth = 64;
constexpr int kRowBytes = kTileWidth * 2;

__device__ inline std::uint32_t chunk_offset(int row, int chunk) {
  return static_cast<std::uint32_t>(row * kRowBytes + ((chunk ^ (row & 7)) << 4));
}

__device__ inline std::uint32_t shared_address(const void* memory) {
  return static_cast<std::uint32_t>(__cvta_generic_to_shared(memory));
}

/// 16 bytes to shared memory; zeros where not `valid`, and then nothing is read.
__device__ inline void copy_async(std::uint32_t to, const void* from, bool valid) {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(valid ? 16 : 0));
#endif
}

__device__ inline void commit_copies() {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.commit_group;");
#endif
}

/// Waits for all but the last `kPending` groups of copies.
template <int kPending>
__device__ inline void wait_copies() {
#if __CUDA_ARCH__ >= 800
  asm volatile("cp.async.wait_group %0;" ::"n"(kPending) : "memory");
#endif
}

using Fragment = std::uint32_t[4];

__device__ inline void load_matrices(Fragment& to, std::uint32_t from) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(from)
               : "memory");
}

__device__ inline void load_matrices_transposed(Fragment& to, std::uint32_t from) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(from)
               : "memory");
}

/// Two int8 side by side, copied and loaded as a value of 16 bits is: their products lie as those of 16-bit
/// types do (PTX ISA, "Matrix fragments for mma.m16n8k32"), and have sums of int32.
struct TwoInt8 {
  std::int8_t both[2];
};

template <typename T>
struct SumOf {
  using Type = float;
};
template <>
struct SumOf<TwoInt8> {
  using Type = std::int32_t;
};

template <typename T>
__device__ inline void multiply_add(typename SumOf<T>::Type (&sum)[4], const Fragment& a, std::uint32_t b0,
                                    std::uint32_t b1);

template <>
__device__ inline void multiply_add<__nv_bfloat16>(float (&sum)[4], const Fragment& a, std::uint32_t b0,
                                                   std::uint32_t b1) {
#if __CUDA_ARCH__ >= 800
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#endif
}

template <>
__device__ inline void multiply_add<__half>(float (&sum)[4], const Fragment& a, std::uint32_t b0,
                                            std::uint32_t b1) {
#if __CUDA_ARCH__ >= 800
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#endif
}

template <>
__device__ inline void multiply_add<TwoInt8>(std::int32_t (&sum)[4], const Fragment& a, std::uint32_t b0,
                                             std::uint32_t b1) {
#if __CUDA_ARCH__ >= 800
  asm volatile(
      "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+r"(sum[0]), "+r"(sum[1]), "+r"(sum[2]), "+r"(sum[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
#endif
}

/// The address a lane gives load_matrices for the 16 x 16 values at (row, 16 * step) as the left operand.
__device__ inline std::uint32_t left_offset(int row, int step, int lane) {
  return chunk_offset(row + (lane & 15), 2 * step + (lane >> 4));
}

/// The same for the right operand of two products: 16 rows are 16 columns of the result.
__device__ inline std::uint32_t right_offset(int row, int step, int lane) {
  return chunk_offset(row + (lane & 7) + ((lane >> 4) << 3), 2 * step + ((lane >> 3) & 1));
}

template <typename T>
__device__ inline std::uint32_t pack(float low, float high);

template <>
__device__ inline std::uint32_t pack<__nv_bfloat16>(float low, float high) {
  const __nv_bfloat162 both = __floats2bfloat162_rn(low, high);
  return *reinterpret_cast<const std::uint32_t*>(&both);
}

template <>
__device__ inline std::uint32_t pack<__half>(float low, float high) {
  const __half2 both = __floats2half2_rn(low, high);
  return *reinterpret_cast<const std::uint32_t*>(&both);
}

template <typename T>
__device__ inline float2 unpack(std::uint32_t both);

template <>
__device__ inline float2 unpack<__nv_bfloat16>(std::uint32_t both) {
  return __bfloat1622float2(*reinterpret_cast<const __nv_bfloat162*>(&both));
}

template <>
__device__ inline float2 unpack<__half>(std::uint32_t both) {
  return __half22float2(*reinterpret_cast<const __half2*>(&both));
}

template <typename T>
__device__ inline void unpack8(const uint4& packed, float (&values)[8]) {
  const std::uint32_t words[4] = {packed.x, packed.y, packed.z, packed.w};
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    const float2 two = unpack<T>(words[i]);
    values[2 * i] = two.x;
    values[2 * i + 1] = two.y;
  }
}

template <typename T>
__device__ inline uint4 pack8(const float (&values)[8]) {
  return {pack<T>(values[0], values[1]), pack<T>(values[2], values[3]), pack<T>(values[4], values[5]),
          pack<T>(values[6], values[7])};
}

__device__ inline void load8(const float* from, float (&to)[8]) {
  const float4 low = reinterpret_cast<const float4*>(from)[0],
               high = reinterpret_cast<const float4*>(from)[1];
  to[0] = low.x, to[1] = low.y, to[2] = low.z, to[3] = low.w;
  to[4] = high.x, to[5] = high.y, to[6] = high.z, to[7] = high.w;
}

__device__ inline float sum_over_warp(float value) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2) value += __shfl_xor_sync(0xffffffffu, value, distance);
  return value;
}

/// A kernel launched with `launch_dependent` starts while the one before still runs: it waits here before it
/// reads what others wrote, and every kernel says when the next may start.
__device__ inline void wait_for_previous_kernel() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.wait;" ::: "memory");
#endif
}

__device__ inline void let_next_kernel_start() {
#if __CUDA_ARCH__ >= 900
  asm volatile("griddepcontrol.launch_dependents;");
#endif
}

}  // namespace octet::mma
