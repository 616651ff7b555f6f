#pragma once

// Products of rows with weights on wgmma, as sm90_product.cu launches them.

#include "core/kernels/row_finish.cuh"
#include "core/kernels/sm90.cuh"

namespace octet::sm90 {

constexpr int kMostParts = 3;  // of columns

struct ProductPart {
  const float* bias;
  int width;
  int taps;
};

struct ProductArguments {
  CUtensorMap rows;                 ///< channels, rows, batch entries; a box is a tile of rows
  CUtensorMap weights[kMostParts];  ///< channels, taps, columns; a box is a tile of columns
  ProductPart parts[kMostParts];
  int row_count;
  int channels;
  bool settled_weights;
  RowFinishSource finish;
};

/// 64 * kGroups rows by kColumns; a warp group has 64 rows. One warp more copies tiles of 64 channels,
/// kStages ahead. kBlocks: at least so many blocks share a multiprocessor.
template <typename Type, int kGroupsOf, int kColumnsOf, int kStagesOf, int kBlocksOf>
struct ProductTile {
  using T = Type;
  static constexpr int kGroups = kGroupsOf, kColumns = kColumnsOf, kStages = kStagesOf, kBlocks = kBlocksOf;
  static constexpr int kRows = 64 * kGroups, kThreads = kGroups * kGroupThreads + 32;
  static constexpr int kAtOnce = kColumns < 128 ? kColumns : 128;  // columns of a wgmma
  static constexpr int kShares = kColumns / kAtOnce;
  static constexpr int kRowBytes = kRows * mma::kRowBytes,
                       kStageBytes = kRowBytes + kColumns * mma::kRowBytes;
  static constexpr int kBytes = kStages * kStageBytes + kTileAlignment;
};

/// The warp that copies.
template <class Tile>
__device__ inline void copy_tiles(const ProductArguments& p, int part, int row, int column, int entry,
                                  std::uint32_t ring, std::uint32_t full, std::uint32_t empty) {
  const int taps = p.parts[part].taps;
  const int channel_tiles = (p.channels + mma::kTileWidth - 1) / mma::kTileWidth,
            steps = taps * channel_tiles;
  const auto copy_weights = [&](int step, int stage) {
    copy_box(ring + stage * Tile::kStageBytes + Tile::kRowBytes, p.weights[part], full + 8 * stage,
             step % channel_tiles * mma::kTileWidth, step / channel_tiles, column);
  };
  const auto copy_rows = [&](int step, int stage) {
    copy_box(ring + stage * Tile::kStageBytes, p.rows, full + 8 * stage,
             step % channel_tiles * mma::kTileWidth, row + step / channel_tiles - (taps - 1), entry);
  };
  if (!p.settled_weights) mma::wait_for_previous_kernel();
  copy_ahead<Tile::kStages, Tile::kStageBytes>(steps, full, empty, copy_weights, copy_rows);
}

template <class Tile>
__global__ void __launch_bounds__(Tile::kThreads, Tile::kBlocks)
    product_kernel(const __grid_constant__ ProductArguments p) {
#if OCTET_ON_SM90A
  using T = typename Tile::T;
  extern __shared__ unsigned char memory[];
  __shared__ __align__(8) std::uint64_t barriers[2 * Tile::kStages];
  const std::uint32_t ring =
      (mma::shared_address(memory) + kTileAlignment - 1) / kTileAlignment * kTileAlignment;
  const std::uint32_t full = mma::shared_address(barriers), empty = full + 8 * Tile::kStages;
  const int thread = static_cast<int>(threadIdx.x), warp = thread / 32, lane = thread % 32;

  int part = 0, tile = static_cast<int>(blockIdx.x), offset = 0;
  for (; part + 1 < kMostParts; ++part) {
    const int tiles = (p.parts[part].width + Tile::kColumns - 1) / Tile::kColumns;
    if (tile < tiles) break;
    tile -= tiles;
    offset += p.parts[part].width;
  }
  const int width = p.parts[part].width, column = tile * Tile::kColumns;
  const int row = static_cast<int>(blockIdx.y) * Tile::kRows, entry = static_cast<int>(blockIdx.z);
  const int steps = p.parts[part].taps * ((p.channels + mma::kTileWidth - 1) / mma::kTileWidth);

  if (thread == 0) {
    for (int s = 0; s < Tile::kStages; ++s) {
      make_barrier(full + 8 * s, 1);
      make_barrier(empty + 8 * s, 4 * Tile::kGroups);
    }
    show_barriers();
  }
  __syncthreads();
  if (warp == 4 * Tile::kGroups) {
    if (lane == 0) copy_tiles<Tile>(p, part, row, column, entry, ring, full, empty);
    return;
  }

  const int row_here = warp * 16 + lane / 4, own_column = column + lane % 4 * 8;
  const long first_row = static_cast<long>(entry) * p.row_count + row + row_here;
  constexpr int kLaneBlocks = Tile::kColumns / 32;
  float bias[kLaneBlocks][8] = {};  // read before it is needed: it comes from far
#pragma unroll
  for (int b = 0; b < kLaneBlocks; ++b)
    if (own_column + 32 * b < width) bias_of(p.parts[part].bias, own_column + 32 * b, bias[b]);
  mma::wait_for_previous_kernel();
  constexpr bool kEarlyResidual = Tile::kColumns <= 64;  // as far as registers go
  uint4 residual[2][kLaneBlocks] = {};
  if (kEarlyResidual && p.finish.residual != nullptr)
#pragma unroll
    for (int h = 0; h < 2; ++h)
#pragma unroll
      for (int b = 0; b < kLaneBlocks; ++b)
        if (row + row_here + 8 * h < p.row_count && own_column + 32 * b < width)
          residual[h][b] = residual_of<T>(p.finish, first_row + 8 * h, offset + own_column + 32 * b);

  float sums[Tile::kShares][Tile::kAtOnce / 2];
  const auto hold_all = [&] {
#pragma unroll
    for (int share = 0; share < Tile::kShares; ++share) hold(sums[share]);
  };
  for (int step = 0; step < steps; ++step) {
    const int stage = step % Tile::kStages;
    wait(full + 8 * stage, step / Tile::kStages & 1);
    const std::uint64_t left = descriptor(ring + stage * Tile::kStageBytes + warp / 4 * 64 * mma::kRowBytes);
    const std::uint64_t right = descriptor(ring + stage * Tile::kStageBytes + Tile::kRowBytes);
    hold_all();
    begin_products();
#pragma unroll
    for (int k = 0; k < mma::kTileWidth / 16; ++k)
#pragma unroll
      for (int share = 0; share < Tile::kShares; ++share)
        multiply<T>(sums[share], left + k * kNextStep,
                    right + share * (Tile::kAtOnce * mma::kRowBytes >> 4) + k * kNextStep, step > 0 || k > 0);
    commit_products();
    hold_all();
    if (step > 0) {
      wait_products<1>();
      if (lane == 0) arrive(empty + 8 * ((step - 1) % Tile::kStages));
    }
  }
  wait_products<0>();
  hold_all();
  mma::let_next_kernel_start();

  for_each_eight(sums, lane, [&](int h, int b, float(&values)[8]) {
    const int at = own_column + 32 * b;
    if (at >= width || row + row_here + 8 * h >= p.row_count) return;
    if (!kEarlyResidual && p.finish.residual != nullptr)
      residual[h][b] = residual_of<T>(p.finish, first_row + 8 * h, offset + at);
    finish_eight<T>(p.finish, bias[b], residual[h][b], values);
    store_eight<T>(p.finish, first_row + 8 * h, offset + at, values);
  });
#endif
}

}  // namespace octet::sm90
