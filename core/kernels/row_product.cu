#include <c10/cuda/CUDAGuard.h>

#include "core/kernels/row_finish.cuh"
#include "core/kernels/row_launch.cuh"
#include "core/kernels/row_tile.cuh"
#include "core/kernels/sm90_kernels.h"

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
  Columns columns[kMostColumns];
  bool settled_weights;
  RowFinishSource finish;
};

/// From the sums of a tile in shared memory to the result.
template <class Tile>
__device__ void finish_tile(const float* sums, const RowFinishSource& p, const Columns& columns,
                            long first_row, int rows_here, int column, int offset) {
  using T = typename Tile::T;
  for (int i = static_cast<int>(threadIdx.x); i < Tile::kRows * Tile::kColumns / 8; i += Tile::kThreads) {
    const int row = i / (Tile::kColumns / 8), n = i % (Tile::kColumns / 8) * 8;
    if (row >= rows_here || column + n >= columns.width) continue;
    float values[8];
    mma::load8(sums + row * Tile::kStagedStride + n, values);
    uint4 residual{};
    if (p.residual != nullptr) residual = residual_of<T>(p, first_row + row, offset + column + n);
    float bias[8];
    bias_of(columns.bias, column + n, bias);
    finish_eight<T>(p, bias, residual, values);
    store_eight<T>(p, first_row + row, offset + column + n, values);
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
  product_tile<Tile>(source, entry, row, column, p.settled_weights, memory);
  finish_tile<Tile>(reinterpret_cast<const float*>(memory), p.finish, columns,
                    static_cast<long>(entry) * p.rows + row, p.rows - row, column, offset);
}

template <class Tile>
void launch(Arguments arguments, int batch) {
  arguments.tiles = (arguments.rows + Tile::kRows - 1) / Tile::kRows;
  int column_tiles = 0;
  for (const auto& columns : arguments.columns)
    column_tiles += (columns.width + Tile::kColumns - 1) / Tile::kColumns;
  launch_dependent(row_product_kernel<Tile>, dim3(batch * arguments.tiles, column_tiles),
                   dim3(Tile::kThreads), Tile::kBytes, arguments);
}

}  // namespace

bool row_kernels_take(const at::Tensor& x) {
  return x.is_cuda() && (x.scalar_type() == at::kBFloat16 || x.scalar_type() == at::kHalf) &&
         at::cuda::getDeviceProperties(x.device().index())->major >= 8;
}

void row_product_cuda(const RowProductRequest& request) {
  const c10::cuda::CUDAGuard guard(request.x.device());
  if (sm90::takes(request.x.device())) return sm90::product_cuda(request);
  const auto& x = request.x;
  Arguments arguments{};
  arguments.x = x.const_data_ptr();
  arguments.row_stride = x.stride(1);
  arguments.rows = static_cast<int>(x.size(1));
  arguments.channels = static_cast<int>(x.size(2));
  int width = 0;
  for (std::size_t i = 0; i < kMostColumns; ++i) {
    const auto& [weight, bias] = request.columns[i];
    if (!weight.defined()) continue;
    arguments.columns[i] = {weight.const_data_ptr(), pointer_or_null<float>(bias),
                            static_cast<int>(weight.size(0)), static_cast<int>(weight.size(1) / x.size(2))};
    width += static_cast<int>(weight.size(0));
  }
  arguments.settled_weights = request.settled_weights;
  arguments.finish = finish_of(request);
  const auto batch = static_cast<int>(x.size(0));
  in_half_type(x, [&](auto value) {
    using T = decltype(value);
    width >= 512 ? launch<RowTile<T, 64, 128, 64, 2, 2>>(arguments, batch)
                 : launch<RowTile<T, 64, 64, 32, 2, 3>>(arguments, batch);
  });
}

}  // namespace octet
