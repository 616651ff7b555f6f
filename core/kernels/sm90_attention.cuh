#pragma once

// Attention on wgmma, as sm90_attention.cu launches it: softmax as it goes
// (https://arxiv.org/abs/2307.08691), the scores of the next keys computed while those of the last are
// weighed (https://arxiv.org/abs/2407.08608).

#include "core/kernels/attention_math.cuh"
#include "core/kernels/dequantize_rows.cuh"
#include "core/kernels/sm90.cuh"

namespace octet::sm90 {

constexpr std::size_t kMostSoon = 32;

struct Soon {
  const char* begin;
  unsigned bytes;
};

struct AttentionArguments {
  CUtensorMap
      qkv;  ///< channels of queries, keys and values; rows; batch entries. A box is 64 channels of kKeys rows
  const int* lengths;  ///< of each batch entry, or null
  int rows;
  int heads;
  float scale;  ///< of the scores, times log2(e)
  void* out;
  QuantizedRows quantized[kMostQuantized];  ///< to make 16-bit meanwhile, each block a part of them
  Soon soon[kMostSoon];                     ///< memory to bring into the cache meanwhile, likewise
};

constexpr int kHeadWidth = mma::kTileWidth;

/// A block has 64 * kGroups queries of one head; one warp more copies keys and values, kStages times kKeys
/// ahead.
template <typename Type, int kGroupsOf, int kStagesOf>
struct AttentionTile {
  using T = Type;
  static constexpr int kGroups = kGroupsOf, kStages = kStagesOf, kKeys = 128, kQueries = 64 * kGroups;
  static constexpr int kThreads = (kGroups + 1) * kGroupThreads;
  static constexpr int kBeside = kGroupThreads - 32;  // threads that attention leaves
  static constexpr int kQueryBytes = kQueries * mma::kRowBytes, kKeyBytes = kKeys * mma::kRowBytes;
  static constexpr int kBytes = kQueryBytes + 2 * kStages * kKeyBytes + kTileAlignment;
};

/// What a warp group knows of its rows so far: two a lane.
struct Softmax {
  float out[32] = {};
  float largest[2] = {-INFINITY, -INFINITY};
  float sum[2] = {};
};

/// Scores become weights, not yet divided by their sum; returns by how much what was summed before shrinks.
__device__ inline float2 weigh(Softmax& state, float (&scores)[64], float scale) {
  float shrink[2];
#pragma unroll
  for (int h = 0; h < 2; ++h) {
    float most = scores[2 * h];
#pragma unroll
    for (int j = 0; j < 16; ++j) most = fmaxf(most, fmaxf(scores[4 * j + 2 * h], scores[4 * j + 2 * h + 1]));
    most = fmaxf(state.largest[h], largest_of_row(most) * scale);
    shrink[h] = exp2_fast(state.largest[h] - most);
    state.largest[h] = most;
    float sum = 0;
#pragma unroll
    for (int j = 0; j < 16; ++j)
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        float& score = scores[4 * j + 2 * h + i];
        score = exp2_fast(fmaf(score, scale, -most));
        sum += score;
      }
    state.sum[h] = state.sum[h] * shrink[h] + sum;
  }
  return make_float2(shrink[0], shrink[1]);
}

template <typename T>
__device__ inline void score(float (&scores)[64], std::uint32_t queries, std::uint32_t keys) {
  const std::uint64_t left = descriptor(queries), right = descriptor(keys);
  hold(scores);
  begin_products();
#pragma unroll
  for (int k = 0; k < kHeadWidth / 16; ++k)
    multiply<T>(scores, left + k * kNextStep, right + k * kNextStep, k > 0);
  commit_products();
  hold(scores);
}

template <typename T>
__device__ inline void sum_values(float (&out)[32], const mma::Fragment (&weights)[8], std::uint64_t values) {
  hold(out);
  begin_products();
#pragma unroll
  for (int k = 0; k < 8; ++k) multiply_rows<T>(out, weights[k], values + k * (16 * mma::kRowBytes >> 4));
  commit_products();
  hold(out);
}

/// Scores in 16-bit: sums of one product lie as the left operand of the next.
template <typename T>
__device__ inline void pack_weights(const float (&scores)[64], mma::Fragment (&weights)[8]) {
#pragma unroll
  for (int k = 0; k < 8; ++k)
#pragma unroll
    for (int i = 0; i < 4; ++i)
      weights[k][i] = mma::pack<T>(scores[8 * k + 2 * i], scores[8 * k + 2 * i + 1]);
}

/// Scores of keys that are none.
__device__ inline void hide(float (&scores)[64], int left, int lane) {
#pragma unroll
  for (int j = 0; j < 16; ++j)
#pragma unroll
    for (int i = 0; i < 4; ++i)
      if (8 * j + 2 * (lane % 4) + i % 2 >= left) scores[4 * j + i] = -INFINITY;
}

/// This block's part.
__device__ inline void bring_near(const Soon& soon, unsigned block, unsigned blocks) {
  const unsigned part = (soon.bytes / blocks + kPrefetchUnit) / kPrefetchUnit * kPrefetchUnit;
  const unsigned begin = part * block;
  const unsigned end = begin + part < soon.bytes ? begin + part : soon.bytes / kPrefetchUnit * kPrefetchUnit;
  if (begin < end) prefetch(soon.begin + begin, end - begin);
}

/// What is done beside attention, by `kBeside` threads of each of its blocks, and by all of those that the
/// grid has behind its heads.
template <class Tile>
__device__ inline void work_meanwhile(const AttentionArguments& p, int thread) {
  const int columns = static_cast<int>(gridDim.x * gridDim.z), attending = columns * p.heads,
            blocks = columns * static_cast<int>(gridDim.y);
  const int block = static_cast<int>(blockIdx.x + gridDim.x * (blockIdx.z + gridDim.z * blockIdx.y));
  if (thread < static_cast<int>(kMostSoon)) bring_near(p.soon[thread], block, blocks);
  mma::wait_for_previous_kernel();  // which may read what is overwritten
  const int first = min(block, attending) * Tile::kBeside + max(block - attending, 0) * Tile::kThreads,
            all = attending * Tile::kBeside + (blocks - attending) * Tile::kThreads;
  for (const auto& rows : p.quantized) dequantize_part<typename Tile::T>(rows, first + thread, all);
}

/// Zeros for a block whose queries do not count.
template <class Tile>
__device__ inline void clear_queries(const AttentionArguments& p, int first_query, int head, int entry) {
  constexpr int kEights = kHeadWidth / 8, kClearing = Tile::kGroups * kGroupThreads;
  mma::wait_for_previous_kernel();  // which may read what is overwritten
  auto* const out =
      static_cast<typename Tile::T*>(p.out) + static_cast<long>(entry) * p.rows * p.heads * kHeadWidth;
  for (int i = static_cast<int>(threadIdx.x); i < Tile::kQueries * kEights; i += kClearing)
    if (const int row = first_query + i / kEights; row < p.rows)
      *reinterpret_cast<uint4*>(out + (static_cast<long>(row) * p.heads + head) * kHeadWidth +
                                i % kEights * 8) = make_uint4(0, 0, 0, 0);
}

/// kRagged: entries have lengths.
template <class Tile, bool kRagged>
__global__ void __launch_bounds__(Tile::kThreads, 1)
    attention_kernel(const __grid_constant__ AttentionArguments p) {
#if OCTET_ON_SM90A
  using T = typename Tile::T;
  extern __shared__ unsigned char memory[];
  __shared__ __align__(8) std::uint64_t barriers[1 + 4 * Tile::kStages];
  const std::uint32_t queries =
      (mma::shared_address(memory) + kTileAlignment - 1) / kTileAlignment * kTileAlignment;
  const std::uint32_t keys = queries + Tile::kQueryBytes, values = keys + Tile::kStages * Tile::kKeyBytes;
  const std::uint32_t queries_full = mma::shared_address(barriers);
  const std::uint32_t keys_full = queries_full + 8, values_full = keys_full + 8 * Tile::kStages,
                      keys_empty = values_full + 8 * Tile::kStages,
                      values_empty = keys_empty + 8 * Tile::kStages;
  const int thread = static_cast<int>(threadIdx.x), warp = thread / 32, lane = thread % 32;
  const int head = static_cast<int>(blockIdx.y), entry = static_cast<int>(blockIdx.z);
  const int first_query = static_cast<int>(blockIdx.x) * Tile::kQueries;
  // Read again where it is needed: few registers are left.
  const auto length = [&] { return kRagged ? length_of(p.lengths, entry) : p.rows; };
  if (head >= p.heads) return work_meanwhile<Tile>(p, thread);
  const int steps = (length() + Tile::kKeys - 1) / Tile::kKeys;

  if (thread == 0) {
    make_barrier(queries_full, 1);
    for (int s = 0; s < Tile::kStages; ++s) {
      make_barrier(keys_full + 8 * s, 1);
      make_barrier(values_full + 8 * s, 1);
      make_barrier(keys_empty + 8 * s, 4 * Tile::kGroups);
      make_barrier(values_empty + 8 * s, 4 * Tile::kGroups);
    }
    show_barriers();
  }
  __syncthreads();

  if (warp > 4 * Tile::kGroups) {
    work_meanwhile<Tile>(p, thread - (4 * Tile::kGroups + 1) * 32);
    return;
  }
  if constexpr (kRagged)
    if (first_query >= length()) {
      if (warp < 4 * Tile::kGroups) clear_queries<Tile>(p, first_query, head, entry);
      return;
    }
  if (warp == 4 * Tile::kGroups) {
    if (lane != 0) return;
    mma::wait_for_previous_kernel();
    expect_bytes(queries_full, Tile::kQueryBytes);
    for (int g = 0; g < Tile::kGroups; ++g)
      copy_box(queries + g * 64 * mma::kRowBytes, p.qkv, queries_full, head * kHeadWidth,
               first_query + 64 * g, entry);
    const auto copy = [&](int step, int part, std::uint32_t to, std::uint32_t full, std::uint32_t empty) {
      const int stage = step % Tile::kStages;
      if (step >= Tile::kStages) wait(empty + 8 * stage, (step / Tile::kStages - 1) & 1);
      expect_bytes(full + 8 * stage, Tile::kKeyBytes);
      for (int half = 0; half < Tile::kKeys / 64; ++half)
        copy_box(to + stage * Tile::kKeyBytes + half * 64 * mma::kRowBytes, p.qkv, full + 8 * stage,
                 (part * p.heads + head) * kHeadWidth, step * Tile::kKeys + 64 * half, entry);
    };
    for (int step = 0; step < steps; ++step) {
      copy(step, 1, keys, keys_full, keys_empty);
      copy(step, 2, values, values_full, values_empty);
    }
    return;
  }

  const std::uint32_t own_queries = queries + warp / 4 * 64 * mma::kRowBytes;
  const auto stage_of = [](int step) { return step % Tile::kStages; };
  const auto parity_of = [](int step) { return static_cast<std::uint32_t>(step / Tile::kStages & 1); };
  const auto values_at = [&](int step) { return descriptor(values + stage_of(step) * Tile::kKeyBytes); };
  Softmax state;
  float scores[64];
  mma::Fragment weights[Tile::kKeys / 16];
  const auto weigh_last = [&](int step) {
    if (!kRagged || step + 1 == steps)
      if (const int left = length() - step * Tile::kKeys; left < Tile::kKeys) hide(scores, left, lane);
    return weigh(state, scores, p.scale);
  };
  wait(queries_full, 0);
  wait(keys_full, 0);
  score<T>(scores, own_queries, keys);
  wait_products<0>();
  hold(scores);
  if (lane == 0) arrive(keys_empty);
  weigh_last(0);
  pack_weights<T>(scores, weights);
  for (int step = 1; step < steps; ++step) {
    wait(keys_full + 8 * stage_of(step), parity_of(step));
    score<T>(scores, own_queries, keys + stage_of(step) * Tile::kKeyBytes);
    wait(values_full + 8 * stage_of(step - 1), parity_of(step - 1));
    sum_values<T>(state.out, weights, values_at(step - 1));
    wait_products<1>();
    hold(scores);
    if (lane == 0) arrive(keys_empty + 8 * stage_of(step));
    const float2 shrink = weigh_last(step);
    wait_products<0>();
    hold(state.out);
    if (lane == 0) arrive(values_empty + 8 * stage_of(step - 1));
#pragma unroll
    for (int j = 0; j < 8; ++j) {
      state.out[4 * j] *= shrink.x, state.out[4 * j + 1] *= shrink.x;
      state.out[4 * j + 2] *= shrink.y, state.out[4 * j + 3] *= shrink.y;
    }
    pack_weights<T>(scores, weights);
  }
  wait(values_full + 8 * stage_of(steps - 1), parity_of(steps - 1));
  sum_values<T>(state.out, weights, values_at(steps - 1));
  wait_products<0>();
  hold(state.out);
  mma::let_next_kernel_start();

  float share[2] = {1.0f / sum_of_row(state.sum[0]), 1.0f / sum_of_row(state.sum[1])};
  const int first_row = first_query + warp * 16 + lane / 4, inner = p.heads * kHeadWidth;
  if constexpr (kRagged)
#pragma unroll
    for (int h = 0; h < 2; ++h)
      if (first_row + 8 * h >= length()) share[h] = 0;
  float(&sums)[1][32] = reinterpret_cast<float(&)[1][32]>(state.out);
  for_each_eight(sums, lane, [&](int h, int b, float(&results)[8]) {
    const int row = first_row + 8 * h;
    if (row >= p.rows) return;
#pragma unroll
    for (int k = 0; k < 8; ++k) results[k] *= share[h];
    *reinterpret_cast<uint4*>(static_cast<T*>(p.out) + (static_cast<long>(entry) * p.rows + row) * inner +
                              head * kHeadWidth + 32 * b + lane % 4 * 8) = mma::pack8<T>(results);
  });
#endif
}

}  // namespace octet::sm90
