#pragma once

// A tile of a product of rows with weights, as row_product.cu, wave_convolution.cu and int8_product.cu
// compute it: sums of taps and channels by tensor cores, in fp32, of pairs of int8 in int32.

#include <algorithm>

#include "core/kernels/mma.cuh"

namespace octet {

/// What a tile is made from. Row r of the result sums rows r + tap * dilation - lead; those outside count as
/// 0.
struct RowSource {
  const void* rows[2];  ///< the values, and what they were rounded by where they have two terms
  long row_stride;
  int row_count;
  int channels;
  int dilation;
  int lead;
  const void* weights[2];  ///< [width, taps * channels], terms likewise
  int width;
  int taps;
};

/// The shape of a tile and who computes it. Warps have 32 x kWarpColumns sums each; a step of the ring in
/// shared memory is kSpan times 64 channels, each summed by warps of its own. kLeft, kRight: terms of rows
/// and weights.
template <typename Type, int kRowsOf, int kColumnsOf, int kWarpColumnsOf, int kSpanOf, int kStagesOf,
          int kLeftOf = 1, int kRightOf = 1>
struct RowTile {
  using T = Type;
  using Sum = typename mma::SumOf<T>::Type;
  static constexpr int kRows = kRowsOf, kColumns = kColumnsOf, kWarpColumns = kWarpColumnsOf;
  static constexpr int kSpan = kSpanOf, kStages = kStagesOf, kLeft = kLeftOf, kRight = kRightOf;
  static constexpr int kAcross = kColumns / kWarpColumns, kSquares = kRows / 32 * kAcross;
  static constexpr int kWarps = kSquares * kSpan, kThreads = 32 * kWarps;
  static constexpr int kRowBytes = kRows * mma::kRowBytes, kWeightBytes = kColumns * mma::kRowBytes;
  static constexpr int kStageBytes = kSpan * (kLeft * kRowBytes + kRight * kWeightBytes);
  static constexpr int kStagedStride = kColumns + 8;  ///< of the sums in shared memory: fewer bank conflicts

  /// Shared memory that product_tile needs.
  static constexpr int kBytes =
      std::max(kStages * kStageBytes, kRows* kStagedStride* static_cast<int>(sizeof(Sum)));
};

/// Sums that lie side by side, written at once.
template <typename Sum>
struct alignas(2 * sizeof(Sum)) Two {
  Sum first;
  Sum second;
};

/// Where a copy stands in the taps and channels that are summed over.
struct RowPlace {
  int tap = 0;
  int channel = 0;
  __device__ void move_on(int channels) {
    channel += mma::kTileWidth;
    if (channel >= channels) channel = 0, ++tap;
  }
};

/// The sums of the tile at (row, column) of one batch entry, in `memory` as rows of kStagedStride. All
/// threads call it and may read the sums when it returns. `settled`: the weights were there before the
/// previous kernel.
template <class Tile>
__device__ void product_tile(const RowSource& p, int entry, int row, int column, bool settled,
                             unsigned char* memory) {
  using T = typename Tile::T;
  using Sum = typename Tile::Sum;
  constexpr int kCopied = Tile::kThreads / 8;  // rows that all threads copy at once, a chunk each
  const int thread = static_cast<int>(threadIdx.x), warp = thread / 32, lane = thread % 32;
  const int channels = p.channels;
  const int channel_tiles = (channels + mma::kTileWidth - 1) / mma::kTileWidth;
  const int steps = (p.taps * channel_tiles + Tile::kSpan - 1) / Tile::kSpan;

  const std::uint32_t ring = mma::shared_address(memory);
  const int chunk = thread % 8, first = thread / 8;
  const std::uint32_t copied_to = mma::chunk_offset(first, chunk);
  const int row_stride = static_cast<int>(p.row_stride), weight_stride = p.taps * channels;
  const long rows_at = (static_cast<long>(entry) * p.row_count + row + first) * p.row_stride + chunk * 8;
  const long weights_at = static_cast<long>(column + first) * weight_stride + chunk * 8;

  const auto copy_rows = [&](const RowPlace& place, std::uint32_t to) {
    const int shift = place.tap * p.dilation - p.lead;
    const bool inside = place.channel + chunk * 8 < channels && place.tap < p.taps;
#pragma unroll
    for (int term = 0; term < Tile::kLeft; ++term)
#pragma unroll
      for (int i = 0; i < Tile::kRows / kCopied; ++i) {
        const int from = row + first + i * kCopied + shift;
        mma::copy_async(to + term * Tile::kRowBytes + copied_to + i * kCopied * mma::kRowBytes,
                        static_cast<const T*>(p.rows[term]) + rows_at + (i * kCopied + shift) * row_stride +
                            place.channel,
                        inside && from >= 0 && from < p.row_count);
      }
  };
  const auto copy_weights = [&](const RowPlace& place, std::uint32_t to) {
    const bool inside = place.channel + chunk * 8 < channels && place.tap < p.taps;
#pragma unroll
    for (int term = 0; term < Tile::kRight; ++term)
#pragma unroll
      for (int i = 0; i < Tile::kColumns / kCopied; ++i)
        mma::copy_async(to + term * Tile::kWeightBytes + copied_to + i * kCopied * mma::kRowBytes,
                        static_cast<const T*>(p.weights[term]) + weights_at + i * kCopied * weight_stride +
                            place.tap * channels + place.channel,
                        inside && column + first + i * kCopied < p.width);
  };
  constexpr int kWeightsAt = Tile::kSpan * Tile::kLeft * Tile::kRowBytes;
  const auto rows_of = [&](int stage, int span) {
    return ring + stage * Tile::kStageBytes + span * Tile::kLeft * Tile::kRowBytes;
  };
  const auto weights_of = [&](int stage, int span) {
    return ring + stage * Tile::kStageBytes + kWeightsAt + span * Tile::kRight * Tile::kWeightBytes;
  };

  if (!settled) mma::wait_for_previous_kernel();
  RowPlace place;
#pragma unroll
  for (int s = 0; s < Tile::kStages - 1; ++s)
#pragma unroll
    for (int span = 0; span < Tile::kSpan; ++span, place.move_on(channels))
      copy_weights(place, weights_of(s, span));
  mma::wait_for_previous_kernel();
  RowPlace row_place;
#pragma unroll
  for (int s = 0; s < Tile::kStages - 1; ++s) {
#pragma unroll
    for (int span = 0; span < Tile::kSpan; ++span, row_place.move_on(channels))
      copy_rows(row_place, rows_of(s, span));
    mma::commit_copies();
  }

  constexpr int kPairs = Tile::kWarpColumns / 16;
  Sum sums[2][2 * kPairs][4] = {};
  // Tensor cores cut what an fp32 sum has no room for. Where that counts, they sum one step, and the rest is
  // rounded.
  constexpr bool kRounded = Tile::kLeft > 1;
  const int square = warp % Tile::kSquares, share = warp / Tile::kSquares;
  const int warp_row = square / Tile::kAcross * 32, warp_column = square % Tile::kAcross * Tile::kWarpColumns;
  int stage = 0, next_stage = Tile::kStages - 1;
  for (int step = 0; step < steps; ++step) {
    mma::wait_copies<Tile::kStages - 2>();
    __syncthreads();
    if (step + Tile::kStages - 1 < steps)
#pragma unroll
      for (int span = 0; span < Tile::kSpan; ++span, place.move_on(channels)) {
        copy_rows(place, rows_of(next_stage, span));
        copy_weights(place, weights_of(next_stage, span));
      }
    mma::commit_copies();

    const std::uint32_t rows_here = rows_of(stage, share), weights_here = weights_of(stage, share);
    Sum step_sums[2][2 * kPairs][4] = {};
    auto& to = kRounded ? step_sums : sums;
#pragma unroll
    for (int k = 0; k < mma::kTileWidth / 16; ++k) {
      mma::Fragment left[Tile::kLeft][2];
#pragma unroll
      for (int term = 0; term < Tile::kLeft; ++term)
#pragma unroll
        for (int i = 0; i < 2; ++i)
          mma::load_matrices(left[term][i], rows_here + term * Tile::kRowBytes +
                                                mma::left_offset(warp_row + 16 * i, k, lane));
#pragma unroll
      for (int term = 0; term < Tile::kRight; ++term)
#pragma unroll
        for (int j = 0; j < kPairs; ++j) {
          mma::Fragment right;
          mma::load_matrices(right, weights_here + term * Tile::kWeightBytes +
                                        mma::right_offset(warp_column + 16 * j, k, lane));
          // What both were rounded by is too small to count.
#pragma unroll
          for (int of = 0; of < (term == 0 ? Tile::kLeft : 1); ++of)
#pragma unroll
            for (int i = 0; i < 2; ++i) {
              mma::multiply_add<T>(to[i][2 * j], left[of][i], right[0], right[1]);
              mma::multiply_add<T>(to[i][2 * j + 1], left[of][i], right[2], right[3]);
            }
        }
    }
    if constexpr (kRounded)
#pragma unroll
      for (int i = 0; i < 2; ++i)
#pragma unroll
        for (int j = 0; j < 2 * kPairs; ++j)
#pragma unroll
          for (int k = 0; k < 4; ++k) sums[i][j][k] += step_sums[i][j][k];
    stage = stage + 1 == Tile::kStages ? 0 : stage + 1;
    next_stage = next_stage + 1 == Tile::kStages ? 0 : next_stage + 1;
  }
  mma::let_next_kernel_start();

  mma::wait_copies<0>();
  auto* const staged = reinterpret_cast<Sum*>(memory);
#pragma unroll
  for (int turn = 0; turn < Tile::kSpan; ++turn) {  // the warps of a square add one after the other
    __syncthreads();
    if (share != turn) continue;
#pragma unroll
    for (int i = 0; i < 2; ++i)
#pragma unroll
      for (int j = 0; j < 2 * kPairs; ++j)
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          auto* const to = reinterpret_cast<Two<Sum>*>(
              staged + (warp_row + 16 * i + 8 * half + lane / 4) * Tile::kStagedStride + warp_column + 8 * j +
              2 * (lane % 4));
          const Two<Sum> before = turn == 0 ? Two<Sum>{} : *to;
          *to = {before.first + sums[i][j][2 * half], before.second + sums[i][j][2 * half + 1]};
        }
  }
  __syncthreads();
}

}  // namespace octet
