#include <c10/cuda/CUDAGuard.h>

#include "core/kernels/mma.cuh"
#include "core/kernels/row_kernels.h"
#include "core/kernels/row_launch.cuh"

namespace octet {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr int kWarpTile = 32;      // rows, and columns, of a warp's sums
constexpr int kStagedPadding = 8;  // of a row of sums in shared memory: fewer bank conflicts

struct Columns {
  const void* weight;
  const float* bias;
  int width;
  int taps;
};

struct Arguments {
  const void* x;
  long row_stride;
  int rows;
  int tiles;  // of rows in a batch entry
  int channels;
  int most_taps;
  const float* norm_weight;
  const float* norm_bias;
  float norm_eps;
  Columns columns[kMostColumns];
  bool gelu;
  bool settled_weights;
  const void* residual;
  long residual_stride;
  void* out;
  long out_stride;
  bool out_fp32;
};

__device__ void load8(const float* from, float (&to)[8]) {
  const float4 low = reinterpret_cast<const float4*>(from)[0],
               high = reinterpret_cast<const float4*>(from)[1];
  to[0] = low.x, to[1] = low.y, to[2] = low.z, to[3] = low.w;
  to[4] = high.x, to[5] = high.y, to[6] = high.z, to[7] = high.w;
}

/// x * (1 + erf(x / sqrt 2)) / 2; erf by Abramowitz and Stegun 7.1.26, off by 1.5e-7 at most.
__device__ float gelu(float x) {
  const float z = fabsf(x) * 0.7071067811865476f;
  const float t = __fdividef(1.0f, 1.0f + 0.3275911f * z);
  const float polynomial =
      t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
  const float rest = polynomial * exp2f(z * z * -1.4426950408889634f);  // erfc(|z|)
  return x >= 0 ? x - 0.5f * x * rest : 0.5f * x * rest;
}

/// LayerNorm of a tile's rows where they lie, tile columns by 64 one after the other. A warp has several rows
/// at a time, so that their sums do not wait for each other.
template <typename T, int kRows, int kChunks>
__device__ void normalize_tile(unsigned char* tile, const Arguments& p, int warp, int lane) {
  constexpr int kTogether = kChunks == 1 ? 4 : 2;
  const int chunks = p.channels / 8;
  const float scale = 1.0f / static_cast<float>(p.channels);
  const auto place = [&](int row, int chunk) {
    return reinterpret_cast<uint4*>(tile + (chunk / 8) * kRows * mma::kRowBytes +
                                    mma::chunk_offset(row, chunk % 8));
  };
  for (int row = warp * kTogether; row < kRows; row += kWarps * kTogether) {
    float values[kTogether][kChunks][8], sums[kTogether] = {}, squares[kTogether] = {};
#pragma unroll
    for (int r = 0; r < kTogether; ++r)
#pragma unroll
      for (int i = 0; i < kChunks; ++i) {
        if (lane + 32 * i >= chunks) continue;
        mma::unpack8<T>(*place(row + r, lane + 32 * i), values[r][i]);
#pragma unroll
        for (int k = 0; k < 8; ++k) sums[r] += values[r][i][k];
      }
#pragma unroll
    for (int r = 0; r < kTogether; ++r) sums[r] = mma::sum_over_warp(sums[r]) * scale;
#pragma unroll
    for (int r = 0; r < kTogether; ++r)
#pragma unroll
      for (int i = 0; i < kChunks; ++i) {
        if (lane + 32 * i >= chunks) continue;
#pragma unroll
        for (int k = 0; k < 8; ++k) {
          values[r][i][k] -= sums[r];
          squares[r] += values[r][i][k] * values[r][i][k];
        }
      }
#pragma unroll
    for (int r = 0; r < kTogether; ++r)
      squares[r] = rsqrtf(mma::sum_over_warp(squares[r]) * scale + p.norm_eps);
#pragma unroll
    for (int i = 0; i < kChunks; ++i) {
      if (lane + 32 * i >= chunks) continue;
      float weight[8], bias[8];
      load8(p.norm_weight + 8 * (lane + 32 * i), weight);
      load8(p.norm_bias + 8 * (lane + 32 * i), bias);
#pragma unroll
      for (int r = 0; r < kTogether; ++r) {
#pragma unroll
        for (int k = 0; k < 8; ++k) values[r][i][k] = values[r][i][k] * squares[r] * weight[k] + bias[k];
        *place(row + r, lane + 32 * i) = mma::pack8<T>(values[r][i]);
      }
    }
  }
}

/// Bias, activation, residual: from the sums of a tile in shared memory to the result.
template <typename T, int kRows, int kColumns>
__device__ void finish_tile(const float* sums, const Arguments& p, const Columns& columns, long first_row,
                            int rows_here, int column, int offset) {
  constexpr int kStride = kColumns + kStagedPadding;
  for (int i = static_cast<int>(threadIdx.x); i < kRows * kColumns / 8; i += kThreads) {
    const int row = i / (kColumns / 8), n = i % (kColumns / 8) * 8;
    if (row >= rows_here || column + n >= columns.width) continue;
    float values[8];
    load8(sums + row * kStride + n, values);
    if (columns.bias != nullptr) {
      float bias[8];
      load8(columns.bias + column + n, bias);
#pragma unroll
      for (int k = 0; k < 8; ++k) values[k] += bias[k];
    }
    if (p.gelu)
#pragma unroll
      for (int k = 0; k < 8; ++k) values[k] = gelu(values[k]);
    const long at_row = first_row + row;
    if (p.residual != nullptr) {
      float residual[8];
      mma::unpack8<T>(*reinterpret_cast<const uint4*>(static_cast<const T*>(p.residual) +
                                                      at_row * p.residual_stride + offset + column + n),
                      residual);
#pragma unroll
      for (int k = 0; k < 8; ++k) values[k] += residual[k];
    }
    const long to = at_row * p.out_stride + offset + column + n;
    if (p.out_fp32) {
      auto* out = reinterpret_cast<float4*>(static_cast<float*>(p.out) + to);
      out[0] = make_float4(values[0], values[1], values[2], values[3]);
      out[1] = make_float4(values[4], values[5], values[6], values[7]);
    } else {
      *reinterpret_cast<uint4*>(static_cast<T*>(p.out) + to) = mma::pack8<T>(values);
    }
  }
}

/// Where a copy stands in the taps and channels that are summed over.
struct Place {
  int tap = 0;
  int channel = 0;
  __device__ void move_on(int channels) {
    channel += mma::kTileWidth;
    if (channel >= channels) channel = 0, ++tap;
  }
};

/// One tile of the result by eight warps of 32 x 32 sums; where the tile has fewer, two warps share a square
/// and take every second half step. Rows and weights come in steps of 64 channels through a ring in shared
/// memory. Rows that are normalized stay there whole, kChunks * 256 channels at most; 0: they are not
/// normalized.
template <typename T, int kRows, int kColumns, int kStages, int kChunks>
__global__ void __launch_bounds__(kThreads, 2) row_product_kernel(const __grid_constant__ Arguments p) {
  extern __shared__ __align__(128) unsigned char memory[];
  constexpr bool kNormalized = kChunks > 0;
  constexpr int kAcross = kColumns / kWarpTile, kSquares = kRows / kWarpTile * kAcross;
  constexpr int kShares = kWarps / kSquares;
  constexpr int kRowTile = kRows * mma::kRowBytes, kWeightTile = kColumns * mma::kRowBytes;
  constexpr int kCopied = kThreads / 8;  // rows that all threads copy at once, a chunk each
  const int thread = static_cast<int>(threadIdx.x), warp = thread / 32, lane = thread % 32;

  int which = 0, tile = static_cast<int>(blockIdx.y), offset = 0;
  for (; which + 1 < static_cast<int>(kMostColumns); ++which) {
    const int tiles = (p.columns[which].width + kColumns - 1) / kColumns;
    if (tile < tiles) break;
    tile -= tiles;
    offset += p.columns[which].width;
  }
  const Columns columns = p.columns[which];
  const int column = tile * kColumns;
  const int entry = static_cast<int>(blockIdx.x) / p.tiles;
  const int row = (static_cast<int>(blockIdx.x) - entry * p.tiles) * kRows;
  const int channels = p.channels;
  const int channel_steps = (channels + mma::kTileWidth - 1) / mma::kTileWidth;
  const int steps = columns.taps * channel_steps;

  const std::uint32_t row_memory = mma::shared_address(memory);
  const std::uint32_t weight_memory = row_memory + (kNormalized ? channel_steps : kStages) * kRowTile;
  const int chunk = thread % 8, first = thread / 8;
  const std::uint32_t copied_to = mma::chunk_offset(first, chunk);  // rows 32 further are 32 rows further
  const int row_stride = static_cast<int>(p.row_stride), weight_stride = columns.taps * channels;
  const T* const rows_from = static_cast<const T*>(p.x) +
                             (static_cast<long>(entry) * p.rows + row + first) * p.row_stride + chunk * 8;
  const T* const weights_from =
      static_cast<const T*>(columns.weight) + static_cast<long>(column + first) * weight_stride + chunk * 8;

  const auto copy_rows = [&](const Place& place, std::uint32_t to) {
    const int shift = place.tap - (columns.taps - 1);
    const bool inside = place.channel + chunk * 8 < channels;
#pragma unroll
    for (int i = 0; i < kRows / kCopied; ++i) {
      const int from = first + i * kCopied + shift;
      mma::copy_async(to + copied_to + i * kCopied * mma::kRowBytes,
                      rows_from + (i * kCopied + shift) * row_stride + place.channel,
                      inside && row + from >= 0 && row + from < p.rows);
    }
  };
  const auto copy_weights = [&](const Place& place, std::uint32_t to) {
    const bool inside = place.channel + chunk * 8 < channels;
#pragma unroll
    for (int i = 0; i < kColumns / kCopied; ++i)
      mma::copy_async(to + copied_to + i * kCopied * mma::kRowBytes,
                      weights_from + i * kCopied * weight_stride + place.tap * channels + place.channel,
                      inside && column + first + i * kCopied < columns.width);
  };

  if (!p.settled_weights) mma::wait_for_previous_kernel();
  Place place;
#pragma unroll
  for (int s = 0; s < kStages - 1; ++s, place.move_on(channels))
    if (s < steps) copy_weights(place, weight_memory + s * kWeightTile);
  mma::wait_for_previous_kernel();
  Place row_place;
  if (kNormalized)
    for (int s = 0; s < channel_steps; ++s, row_place.move_on(channels))
      copy_rows(row_place, row_memory + s * kRowTile);
#pragma unroll
  for (int s = 0; s < kStages - 1; ++s) {
    if (!kNormalized && s < steps) copy_rows(row_place, row_memory + s * kRowTile);
    if (!kNormalized) row_place.move_on(channels);
    mma::commit_copies();
  }

  float sums[2][4][4] = {};
  const int square = warp % kSquares, share = warp / kSquares;
  const int warp_row = square / kAcross * kWarpTile, warp_column = square % kAcross * kWarpTile;
  int stage = 0, next_stage = kStages - 1;
  for (int step = 0; step < steps; ++step) {
    mma::wait_copies<kStages - 2>();
    __syncthreads();
    if constexpr (kNormalized)
      if (step == 0) {
        normalize_tile<T, kRows, kChunks>(memory, p, warp, lane);
        __syncthreads();
      }
    if (step + kStages - 1 < steps) {
      if (!kNormalized) copy_rows(place, row_memory + next_stage * kRowTile);
      copy_weights(place, weight_memory + next_stage * kWeightTile);
      place.move_on(channels);
    }
    mma::commit_copies();

    const std::uint32_t rows_here = row_memory + (kNormalized ? step : stage) * kRowTile;
    const std::uint32_t weights_here = weight_memory + stage * kWeightTile;
#pragma unroll
    for (int k = 0; k < mma::kTileWidth / 16 / kShares; ++k) {
      const int half_step = k * kShares + share;
      mma::Fragment left[2], right[2];
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        mma::load_matrices(left[i], rows_here + mma::left_offset(warp_row + 16 * i, half_step, lane));
        mma::load_matrices(right[i], weights_here + mma::right_offset(warp_column + 16 * i, half_step, lane));
      }
#pragma unroll
      for (int i = 0; i < 2; ++i)
#pragma unroll
        for (int j = 0; j < 2; ++j) {
          mma::multiply_add<T>(sums[i][2 * j], left[i], right[j][0], right[j][1]);
          mma::multiply_add<T>(sums[i][2 * j + 1], left[i], right[j][2], right[j][3]);
        }
    }
    stage = stage + 1 == kStages ? 0 : stage + 1;
    next_stage = next_stage + 1 == kStages ? 0 : next_stage + 1;
  }
  mma::let_next_kernel_start();

  mma::wait_copies<0>();
  auto* const staged = reinterpret_cast<float*>(memory);
  constexpr int kStride = kColumns + kStagedPadding;
#pragma unroll
  for (int turn = 0; turn < kShares; ++turn) {  // the warps of a square add one after the other
    __syncthreads();
    if (share != turn) continue;
#pragma unroll
    for (int i = 0; i < 2; ++i)
#pragma unroll
      for (int j = 0; j < 4; ++j)
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          auto* const to =
              reinterpret_cast<float2*>(staged + (warp_row + 16 * i + 8 * half + lane / 4) * kStride +
                                        warp_column + 8 * j + 2 * (lane % 4));
          const float2 before = turn == 0 ? make_float2(0, 0) : *to;
          *to = make_float2(before.x + sums[i][j][2 * half], before.y + sums[i][j][2 * half + 1]);
        }
  }
  __syncthreads();
  finish_tile<T, kRows, kColumns>(staged, p, columns, static_cast<long>(entry) * p.rows + row, p.rows - row,
                                  column, offset);
}

template <typename T, int kRows, int kColumns, int kStages, int kChunks>
void launch(Arguments arguments, int batch) {
  arguments.tiles = (arguments.rows + kRows - 1) / kRows;
  int column_tiles = 0;
  for (const auto& columns : arguments.columns) column_tiles += (columns.width + kColumns - 1) / kColumns;
  const int channel_steps = (arguments.channels + mma::kTileWidth - 1) / mma::kTileWidth;
  const int pipeline =
      ((kChunks > 0 ? channel_steps : kStages) * kRows + kStages * kColumns) * mma::kRowBytes;
  const int staged = kRows * (kColumns + kStagedPadding) * static_cast<int>(sizeof(float));
  launch_dependent(row_product_kernel<T, kRows, kColumns, kStages, kChunks>,
                   dim3(batch * arguments.tiles, column_tiles), dim3(kThreads),
                   static_cast<std::size_t>(std::max(pipeline, staged)), arguments);
}

}  // namespace

bool row_kernels_take(const at::Tensor& x) {
  return x.is_cuda() && (x.scalar_type() == at::kBFloat16 || x.scalar_type() == at::kHalf) &&
         at::cuda::getDeviceProperties(x.device().index())->major >= 8;
}

void row_product_cuda(const RowProductRequest& request) {
  const c10::cuda::CUDAGuard guard(request.x.device());
  const auto& x = request.x;
  Arguments arguments{};
  arguments.x = x.const_data_ptr();
  arguments.row_stride = x.stride(1);
  arguments.rows = static_cast<int>(x.size(1));
  arguments.channels = static_cast<int>(x.size(2));
  arguments.norm_weight = pointer_or_null<float>(request.norm.weight);
  arguments.norm_bias = pointer_or_null<float>(request.norm.bias);
  arguments.norm_eps = static_cast<float>(request.norm.eps);
  int width = 0;
  for (std::size_t i = 0; i < kMostColumns; ++i) {
    const auto& [weight, bias] = request.columns[i];
    if (!weight.defined()) continue;
    arguments.columns[i] = {weight.const_data_ptr(), pointer_or_null<float>(bias),
                            static_cast<int>(weight.size(0)), static_cast<int>(weight.size(1) / x.size(2))};
    width += static_cast<int>(weight.size(0));
  }
  arguments.gelu = request.gelu;
  arguments.settled_weights = request.settled_weights;
  arguments.residual = pointer_or_null<void>(request.residual);
  arguments.residual_stride = request.residual.defined() ? request.residual.stride(1) : 0;
  arguments.out = request.out.mutable_data_ptr();
  arguments.out_stride = request.out.stride(1);
  arguments.out_fp32 = request.out.scalar_type() == at::kFloat;
  const auto batch = static_cast<int>(x.size(0));
  in_half_type(x, [&](auto value) {
    using T = decltype(value);
    const bool wide = width >= 512;
    if (!request.norm.weight.defined())
      wide ? launch<T, 64, 128, 3, 0>(arguments, batch) : launch<T, 64, 64, 4, 0>(arguments, batch);
    else if (arguments.channels <= 256)
      wide ? launch<T, 64, 128, 2, 1>(arguments, batch) : launch<T, 64, 64, 3, 1>(arguments, batch);
    else
      launch<T, 64, 64, 2, 2>(arguments, batch);
  });
}

}  // namespace octet
