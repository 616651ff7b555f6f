#pragma once

// What compute capability 9.0 (Hopper) alone has: tiles copied by the tensor memory accelerator, barriers in
// shared memory that count their bytes, and products of four warps at once that read shared memory (wgmma).
// Compiled for sm_90a; for all else nothing but the declarations remain.

#include <cuda.h>

#include "core/kernels/mma.cuh"

#if defined(__CUDA_ARCH_FEAT_SM90_ALL)
#define OCTET_ON_SM90A 1
#else
#define OCTET_ON_SM90A 0
#endif

namespace octet::sm90 {

constexpr int kGroupThreads = 128;  // of a warp group
constexpr int kTileAlignment =
    1024;  // of a tile in shared memory: eight rows, after which the swizzle repeats

__device__ inline void make_barrier(std::uint32_t barrier, int arrivals) {
#if OCTET_ON_SM90A
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals));
#endif
}

/// Shows new barriers to the copies.
__device__ inline void show_barriers() {
#if OCTET_ON_SM90A
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
#endif
}

/// Arrives, and lets the barrier wait for so many copied bytes.
__device__ inline void expect_bytes(std::uint32_t barrier, std::uint32_t bytes) {
#if OCTET_ON_SM90A
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes)
               : "memory");
#endif
}

__device__ inline void arrive(std::uint32_t barrier) {
#if OCTET_ON_SM90A
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
#endif
}

/// Waits for the end of the phase of this parity.
__device__ inline void wait(std::uint32_t barrier, std::uint32_t parity) {
#if OCTET_ON_SM90A
  asm volatile(
      "{\n.reg .pred done;\nagain:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 done, [%0], %1;\n@done bra end;\nbra again;\nend:\n}" ::"r"(
          barrier),
      "r"(parity)
      : "memory");
#endif
}

/// A box of a tensor of three dimensions; what lies outside counts as 0.
__device__ inline void copy_box(std::uint32_t to, const CUtensorMap& map, std::uint32_t barrier, int x, int y,
                                int z) {
#if OCTET_ON_SM90A
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5}], "
      "[%2];" ::"r"(to),
      "l"(&map), "r"(barrier), "r"(x), "r"(y), "r"(z)
      : "memory");
#endif
}

/// What one thread does for those that multiply: copies the tiles of `steps` steps, kStages ahead, into the
/// stages of a ring. `full` and `empty` are the barriers of stage 0, each other's eight bytes further; a
/// stage takes kStageBytes. `copy_weights(step, stage)` and `copy_rows(step, stage)` start copies that count
/// for barrier `full` of the stage; weights are there before the previous kernel ends, rows are not.
template <int kStages, int kStageBytes, typename CopyWeights, typename CopyRows>
__device__ inline void copy_ahead(int steps, std::uint32_t full, std::uint32_t empty,
                                  const CopyWeights& copy_weights, const CopyRows& copy_rows) {
  const auto begin = [&](int step, int stage) {
    expect_bytes(full + 8 * stage, kStageBytes);
    copy_weights(step, stage);
  };
  const int ahead = steps < kStages ? steps : kStages;
  for (int s = 0; s < ahead; ++s) begin(s, s);
  mma::wait_for_previous_kernel();
  for (int s = 0; s < ahead; ++s) copy_rows(s, s);
  for (int step = ahead; step < steps; ++step) {
    const int stage = step % kStages;
    wait(empty + 8 * stage, (step / kStages - 1) & 1);
    begin(step, stage);
    copy_rows(step, stage);
  }
}

/// Brings memory into the L2 cache; address and size are multiples of the unit.
constexpr unsigned kPrefetchUnit = 16;
__device__ inline void prefetch(const void* from, unsigned bytes) {
#if OCTET_ON_SM90A
  asm volatile("cp.async.bulk.prefetch.L2.global [%0], %1;" ::"l"(from), "r"(bytes) : "memory");
#endif
}

/// How wgmma finds rows of 64 values with their chunks swapped as mma::chunk_offset does, which is how
/// copy_box lays them. The summed dimension lies along a row; its next 16 values are 32 bytes further.
__device__ inline std::uint64_t descriptor(std::uint32_t address) {
  constexpr std::uint64_t kSwizzled = 1ull << 62, kEightRows = 1024 >> 4;
  return kSwizzled | kEightRows << 32 | 1ull << 16 | (address & 0x3FFFF) >> 4;
}
constexpr std::uint64_t kNextStep = 32 >> 4;  // 16 values further along the rows, in a descriptor

/// The first product of a group, and the registers that it reads, come after this.
__device__ inline void begin_products() {
#if OCTET_ON_SM90A
  asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#endif
}
__device__ inline void commit_products() {
#if OCTET_ON_SM90A
  asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
#endif
}
/// Waits for all but the last `kPending` groups of products.
template <int kPending>
__device__ inline void wait_products() {
#if OCTET_ON_SM90A
  asm volatile("wgmma.wait_group.sync.aligned %0;" ::"n"(kPending) : "memory");
#endif
}
/// Keeps the compiler from moving registers that a product in flight has.
template <int kCount>
__device__ inline void hold(float (&values)[kCount]) {
#pragma unroll
  for (int i = 0; i < kCount; ++i) asm volatile("" : "+f"(values[i])::"memory");
}

// Sums of a warp group: lane l of warp w has, in values 4j + 2h + i, row 16w + l / 4 + 8h and column 8j + 2(l
// % 4) + i.
// clang-format off
#define OCTET_F8(a, i) "+f"(a[i]), "+f"(a[i + 1]), "+f"(a[i + 2]), "+f"(a[i + 3]), "+f"(a[i + 4]), "+f"(a[i + 5]), "+f"(a[i + 6]), "+f"(a[i + 7])
#define OCTET_F32(a, i) OCTET_F8(a, i), OCTET_F8(a, i + 8), OCTET_F8(a, i + 16), OCTET_F8(a, i + 24)
#define OCTET_SUMS32 "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}"
#define OCTET_SUMS64 "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}"
// clang-format on

/// sums = (add ? sums : 0) + left * right^T over 16 values: 64 rows by 64 or 128, both in shared memory.
template <typename T>
__device__ inline void multiply(float (&sums)[32], std::uint64_t left, std::uint64_t right, bool add);
template <typename T>
__device__ inline void multiply(float (&sums)[64], std::uint64_t left, std::uint64_t right, bool add);
/// sums += left * right over 16 values: left as mma::Fragment; right: rows of 64 outputs, 16 rows.
template <typename T>
__device__ inline void multiply_rows(float (&sums)[32], const mma::Fragment& left, std::uint64_t right);

#if OCTET_ON_SM90A
#define OCTET_MULTIPLY(T, type)                                                                             \
  template <>                                                                                               \
  __device__ inline void multiply<T>(float(&sums)[32], std::uint64_t left, std::uint64_t right, bool add) { \
    asm volatile(                                                                                           \
        "{\n.reg .pred p;\nsetp.ne.b32 p, %34, 0;\nwgmma.mma_async.sync.aligned.m64n64k16.f32." type        \
        "." type " " OCTET_SUMS32 ", %32, %33, p, 1, 1, 0, 0;\n}"                                           \
        : OCTET_F32(sums, 0)                                                                                \
        : "l"(left), "l"(right), "r"(static_cast<int>(add)));                                               \
  }                                                                                                         \
  template <>                                                                                               \
  __device__ inline void multiply<T>(float(&sums)[64], std::uint64_t left, std::uint64_t right, bool add) { \
    asm volatile(                                                                                           \
        "{\n.reg .pred p;\nsetp.ne.b32 p, %66, 0;\nwgmma.mma_async.sync.aligned.m64n128k16.f32." type       \
        "." type " " OCTET_SUMS64 ", %64, %65, p, 1, 1, 0, 0;\n}"                                           \
        : OCTET_F32(sums, 0), OCTET_F32(sums, 32)                                                           \
        : "l"(left), "l"(right), "r"(static_cast<int>(add)));                                               \
  }                                                                                                         \
  template <>                                                                                               \
  __device__ inline void multiply_rows<T>(float(&sums)[32], const mma::Fragment& left,                      \
                                          std::uint64_t right) {                                            \
    asm volatile("wgmma.mma_async.sync.aligned.m64n64k16.f32." type "." type " " OCTET_SUMS32               \
                 ", {%32, %33, %34, %35}, %36, 1, 1, 1, 1;"                                                 \
                 : OCTET_F32(sums, 0)                                                                       \
                 : "r"(left[0]), "r"(left[1]), "r"(left[2]), "r"(left[3]), "l"(right));                     \
  }
#else
#define OCTET_MULTIPLY(T, type)                                                           \
  template <>                                                                             \
  __device__ inline void multiply<T>(float(&)[32], std::uint64_t, std::uint64_t, bool) {} \
  template <>                                                                             \
  __device__ inline void multiply<T>(float(&)[64], std::uint64_t, std::uint64_t, bool) {} \
  template <>                                                                             \
  __device__ inline void multiply_rows<T>(float(&)[32], const mma::Fragment&, std::uint64_t) {}
#endif
OCTET_MULTIPLY(__nv_bfloat16, "bf16")
OCTET_MULTIPLY(__half, "f16")
#undef OCTET_MULTIPLY
#undef OCTET_SUMS64
#undef OCTET_SUMS32
#undef OCTET_F32
#undef OCTET_F8

/// Hands the sums of 32 columns, from 8 * kBlock on, around the four lanes of a row: this lane
/// gets eight, from 8 * (kBlock + lane % 4) on, in row lane / 4 + 8 * kHalf.
template <int kBlock, int kHalf, int kCount>
__device__ inline void gather_eight(const float (&sums)[kCount], int lane, float (&to)[8]) {
  const bool odd = lane & 1, upper = lane & 2;
  float between[2][2][2];
#pragma unroll
  for (int b = 0; b < 2; ++b)
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const float even_piece = sums[4 * (kBlock + 2 * b) + 2 * kHalf + i];
      const float odd_piece = sums[4 * (kBlock + 2 * b + 1) + 2 * kHalf + i];
      const float got = __shfl_xor_sync(0xffffffffu, odd ? even_piece : odd_piece, 1);
      between[b][0][i] = odd ? got : even_piece;
      between[b][1][i] = odd ? odd_piece : got;
    }
#pragma unroll
  for (int s = 0; s < 2; ++s)
#pragma unroll
    for (int i = 0; i < 2; ++i) {
      const float got = __shfl_xor_sync(0xffffffffu, upper ? between[0][s][i] : between[1][s][i], 2);
      to[2 * s + i] = upper ? got : between[0][s][i];
      to[4 + 2 * s + i] = upper ? between[1][s][i] : got;
    }
}

/// Calls `work(h, b, values)` with this lane's eight sums of row 16w + l / 4 + 8h, columns 32b + 8(l % 4) on.
template <int kShares, int kCount, int kShare = 0, int kBlock = 0, typename Work>
__device__ inline void for_each_eight(const float (&sums)[kShares][kCount], int lane, const Work& work) {
  constexpr int kBlocks = kCount / 16;  // of 32 columns in a share
  float values[8];
  gather_eight<4 * kBlock, 0>(sums[kShare], lane, values);
  work(0, kShare * kBlocks + kBlock, values);
  gather_eight<4 * kBlock, 1>(sums[kShare], lane, values);
  work(1, kShare * kBlocks + kBlock, values);
  if constexpr (kBlock + 1 < kBlocks)
    for_each_eight<kShares, kCount, kShare, kBlock + 1>(sums, lane, work);
  else if constexpr (kShare + 1 < kShares)
    for_each_eight<kShares, kCount, kShare + 1, 0>(sums, lane, work);
}

}  // namespace octet::sm90
