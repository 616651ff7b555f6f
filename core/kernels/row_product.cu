#include <c10/cuda/CUDAGuard.h>

#include "core/kernels/row_kernels.h"
#include "core/kernels/row_launch.cuh"
#include "core/kernels/row_tile.cuh"

namespace octet {
namespace {

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
  RowNormSource norm;
  Columns columns[kMostColumns];
  bool gelu;
  bool settled_weights;
  const void* residual;
  long residual_stride;
  void* out;
  long out_stride;
  bool out_fp32;
};

/// x * (1 + erf(x / sqrt 2)) / 2; erf by Abramowitz and Stegun 7.1.26, off by 1.5e-7 at most.
__device__ float gelu(float x) {
  const float z = fabsf(x) * 0.7071067811865476f;
  const float t = __fdividef(1.0f, 1.0f + 0.3275911f * z);
  const float polynomial =
      t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f + t * 1.061405429f))));
  const float rest = polynomial * exp2f(z * z * -1.4426950408889634f);  // erfc(|z|)
  return x >= 0 ? x - 0.5f * x * rest : 0.5f * x * rest;
}

/// Bias, activation, residual: from the sums of a tile in shared memory to the result.
template <class Tile>
__device__ void finish_tile(const float* sums, const Arguments& p, const Columns& columns, long first_row,
                            int rows_here, int column, int offset) {
  using T = typename Tile::T;
  for (int i = static_cast<int>(threadIdx.x); i < Tile::kRows * Tile::kColumns / 8; i += Tile::kThreads) {
    const int row = i / (Tile::kColumns / 8), n = i % (Tile::kColumns / 8) * 8;
    if (row >= rows_here || column + n >= columns.width) continue;
    float values[8];
    load8(sums + row * Tile::kStagedStride + n, values);
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

template <class Tile>
__global__ void __launch_bounds__(Tile::kThreads, 2) row_product_kernel(const __grid_constant__ Arguments p) {
  extern __shared__ __align__(128) unsigned char memory[];
  int which = 0, tile = static_cast<int>(blockIdx.y), offset = 0;
  for (; which + 1 < static_cast<int>(kMostColumns); ++which) {
    const int tiles = (p.columns[which].width + Tile::kColumns - 1) / Tile::kColumns;
    if (tile < tiles) break;
    tile -= tiles;
    offset += p.columns[which].width;
  }
  const Columns columns = p.columns[which];
  const int column = tile * Tile::kColumns;
  const int entry = static_cast<int>(blockIdx.x) / p.tiles;
  const int row = (static_cast<int>(blockIdx.x) - entry * p.tiles) * Tile::kRows;
  const RowSource source{{p.x},       p.row_stride,     p.rows,           p.channels,
                         1,           columns.taps - 1, {columns.weight}, columns.width,
                         columns.taps};
  product_tile<Tile>(source, p.norm, entry, row, column, p.settled_weights, memory);
  finish_tile<Tile>(reinterpret_cast<const float*>(memory), p, columns,
                    static_cast<long>(entry) * p.rows + row, p.rows - row, column, offset);
}

template <class Tile>
void launch(Arguments arguments, int batch) {
  arguments.tiles = (arguments.rows + Tile::kRows - 1) / Tile::kRows;
  int column_tiles = 0;
  for (const auto& columns : arguments.columns)
    column_tiles += (columns.width + Tile::kColumns - 1) / Tile::kColumns;
  launch_dependent(row_product_kernel<Tile>, dim3(batch * arguments.tiles, column_tiles),
                   dim3(Tile::kThreads), static_cast<std::size_t>(Tile::bytes(arguments.channels)),
                   arguments);
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
  arguments.norm = {pointer_or_null<float>(request.norm.weight), pointer_or_null<float>(request.norm.bias),
                    static_cast<float>(request.norm.eps)};
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
      wide ? launch<RowTile<T, 64, 128, 64, 2, 2>>(arguments, batch)
           : launch<RowTile<T, 64, 64, 32, 2, 3>>(arguments, batch);
    else if (arguments.channels <= 256)
      wide ? launch<RowTile<T, 128, 128, 64, 1, 2, 1>>(arguments, batch)
           : launch<RowTile<T, 64, 64, 16, 1, 3, 1>>(arguments, batch);
    else
      launch<RowTile<T, 64, 128, 32, 1, 2, 2>>(arguments, batch);
  });
}

}  // namespace octet
