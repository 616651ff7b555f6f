#pragma once

// Convolutions of the vocoder on wgmma, as sm90_wave.cu launches them: values in two fp16 terms.

#include "core/kernels/sm90.cuh"
#include "core/kernels/wave_finish.cuh"

namespace octet::sm90 {

struct WaveArguments {
  CUtensorMap rows[2];  ///< the two terms: channels, rows; a box is a tile of rows
  CUtensorMap
      weights[2];  ///< the same, where weights have two: channels, taps, columns; a box is a tile of columns
  int row_count;
  int channels;
  int taps;
  int dilation;
  int lead;
  WaveFinishSource finish;
};

/// 64 * kGroups rows by kColumns (64 or 128); one warp more copies tiles of 64 channels, kStages ahead.
/// kRight: terms of the weights.
template <int kGroupsOf, int kColumnsOf, int kStagesOf, int kRightOf>
struct WaveTile {
  static constexpr int kGroups = kGroupsOf, kColumns = kColumnsOf, kStages = kStagesOf, kRight = kRightOf;
  static constexpr int kRows = 64 * kGroups, kThreads = kGroups * kGroupThreads + 32;
  static constexpr int kRowBytes = kRows * mma::kRowBytes, kWeightBytes = kColumns * mma::kRowBytes;
  static constexpr int kStageBytes = 2 * kRowBytes + kRight * kWeightBytes;
  static constexpr int kBytes = kStages * kStageBytes + kTileAlignment;
};

template <class Tile>
__device__ inline void copy_wave_tiles(const WaveArguments& p, int row, int column, std::uint32_t ring,
                                       std::uint32_t full, std::uint32_t empty) {
  const int channel_tiles = (p.channels + mma::kTileWidth - 1) / mma::kTileWidth,
            steps = p.taps * channel_tiles;
  const auto copy_weights = [&](int step, int stage) {
    for (int term = 0; term < Tile::kRight; ++term)
      copy_box(ring + stage * Tile::kStageBytes + 2 * Tile::kRowBytes + term * Tile::kWeightBytes,
               p.weights[term], full + 8 * stage, step % channel_tiles * mma::kTileWidth,
               step / channel_tiles, column);
  };
  const auto copy_rows = [&](int step, int stage) {
    for (int term = 0; term < 2; ++term)
      copy_box(ring + stage * Tile::kStageBytes + term * Tile::kRowBytes, p.rows[term], full + 8 * stage,
               step % channel_tiles * mma::kTileWidth, row + step / channel_tiles * p.dilation - p.lead, 0);
  };
  copy_ahead<Tile::kStages, Tile::kStageBytes>(steps, full, empty, copy_weights, copy_rows);
}

template <class Tile>
__global__ void __launch_bounds__(Tile::kThreads, 2) wave_kernel(const __grid_constant__ WaveArguments p) {
#if OCTET_ON_SM90A
  extern __shared__ unsigned char memory[];
  __shared__ __align__(8) std::uint64_t barriers[2 * Tile::kStages];
  const std::uint32_t ring =
      (mma::shared_address(memory) + kTileAlignment - 1) / kTileAlignment * kTileAlignment;
  const std::uint32_t full = mma::shared_address(barriers), empty = full + 8 * Tile::kStages;
  const int thread = static_cast<int>(threadIdx.x), warp = thread / 32, lane = thread % 32;
  const int column = static_cast<int>(blockIdx.x) * Tile::kColumns,
            row = static_cast<int>(blockIdx.y) * Tile::kRows;
  const int steps = p.taps * ((p.channels + mma::kTileWidth - 1) / mma::kTileWidth);

  if (thread == 0) {
    for (int s = 0; s < Tile::kStages; ++s) {
      make_barrier(full + 8 * s, 1);
      make_barrier(empty + 8 * s, 4 * Tile::kGroups);
    }
    show_barriers();
  }
  __syncthreads();
  if (warp == 4 * Tile::kGroups) {
    if (lane == 0) copy_wave_tiles<Tile>(p, row, column, ring, full, empty);
    return;
  }

  // Tensor cores cut what an fp32 sum has no room for: they sum one step, and the rest is rounded.
  float sums[1][Tile::kColumns / 2] = {}, step_sums[Tile::kColumns / 2];
  for (int step = 0; step < steps; ++step) {
    const int stage = step % Tile::kStages;
    wait(full + 8 * stage, step / Tile::kStages & 1);
    const std::uint32_t at = ring + stage * Tile::kStageBytes;
    const std::uint32_t own = at + warp / 4 * 64 * mma::kRowBytes;
    const std::uint64_t high = descriptor(own), low = descriptor(own + Tile::kRowBytes);
    const std::uint64_t right = descriptor(at + 2 * Tile::kRowBytes),
                        right_low =
                            descriptor(at + 2 * Tile::kRowBytes + (Tile::kRight - 1) * Tile::kWeightBytes);
    hold(step_sums);
    begin_products();
#pragma unroll
    for (int k = 0; k < mma::kTileWidth / 16; ++k) {
      multiply<__half>(step_sums, low + k * kNextStep, right + k * kNextStep, k > 0);
      // What both were rounded by is too small to count.
      if (Tile::kRight > 1)
        multiply<__half>(step_sums, high + k * kNextStep, right_low + k * kNextStep, true);
    }
#pragma unroll
    for (int k = 0; k < mma::kTileWidth / 16; ++k)
      multiply<__half>(step_sums, high + k * kNextStep, right + k * kNextStep, true);
    commit_products();
    hold(step_sums);
    wait_products<0>();
    hold(step_sums);
    if (lane == 0) arrive(empty + 8 * stage);
#pragma unroll
    for (int i = 0; i < Tile::kColumns / 2; ++i) sums[0][i] += step_sums[i];
  }
  wait_products<0>();  // nothing is in flight, but now the compiler knows that lanes are together to shuffle
  mma::let_next_kernel_start();
  mma::wait_for_previous_kernel();  // long past, but it is this thread that reads the residual

  const int first_row = row + warp * 16 + lane / 4, own_column = column + lane % 4 * 8;
  for_each_eight(sums, lane, [&](int h, int b, float(&values)[8]) {
    const int at = own_column + 32 * b;
    if (at < p.finish.width && first_row + 8 * h < p.row_count)
      finish_wave(p.finish, first_row + 8 * h, at, values);
  });
#endif
}

}  // namespace octet::sm90
