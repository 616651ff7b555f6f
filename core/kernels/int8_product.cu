#include <c10/cuda/CUDAGuard.h>

#include "core/kernels/int8_kernels.h"
#include "core/kernels/row_launch.cuh"
#include "core/kernels/row_tile.cuh"

namespace octet {
namespace {

struct Arguments {
  RowSource source;
  const float* scale;  // of rows
  const std::int32_t* zero_point;
  bool alone;  // they have one
  const float* weight_scale;
  const std::int32_t* weight_sums;
  const float* bias;
  void* out;
  long out_stride;
};

/// Sums become what they stand for (docs/formats.md, "Dynamic").
template <class Tile, typename Out>
__global__ void __launch_bounds__(Tile::kThreads, 2)
    int8_product_kernel(const __grid_constant__ Arguments p) {
  extern __shared__ __align__(128) unsigned char memory[];
  const int row = static_cast<int>(blockIdx.x) * Tile::kRows;
  const int column = static_cast<int>(blockIdx.y) * Tile::kColumns;
  product_tile<Tile>(p.source, 0, row, column, /*settled=*/true, memory);
  const auto* sums = reinterpret_cast<const std::int32_t*>(memory);
  for (int i = static_cast<int>(threadIdx.x); i < Tile::kRows * Tile::kColumns; i += Tile::kThreads) {
    const int r = row + i / Tile::kColumns, c = column + i % Tile::kColumns;
    if (r >= p.source.row_count || c >= p.source.width) continue;
    const int which = p.alone ? 0 : r;
    const int sum = sums[i / Tile::kColumns * Tile::kStagedStride + i % Tile::kColumns] -
                    p.zero_point[which] * p.weight_sums[c];
    const float result = static_cast<float>(sum) * (p.scale[which] * p.weight_scale[c]) +
                         (p.bias == nullptr ? 0.0f : p.bias[c]);
    static_cast<Out*>(p.out)[r * p.out_stride + c] = static_cast<Out>(result);
  }
}

template <class Tile, typename Out>
void launch(const Arguments& arguments) {
  const auto tiles = [](int count, int size) { return static_cast<unsigned>((count + size - 1) / size); };
  launch_dependent(
      int8_product_kernel<Tile, Out>,
      dim3(tiles(arguments.source.row_count, Tile::kRows), tiles(arguments.source.width, Tile::kColumns)),
      dim3(Tile::kThreads), Tile::kBytes, arguments);
}

template <typename Out>
void launch(const Arguments& arguments) {
  constexpr int kWide = 512;
  arguments.source.width >= kWide ? launch<RowTile<mma::TwoInt8, 64, 128, 64, 2, 2>, Out>(arguments)
                                  : launch<RowTile<mma::TwoInt8, 64, 64, 32, 2, 3>, Out>(arguments);
}

bool lies_well(const at::Tensor& matrix) {
  constexpr std::int64_t kChunk = 16;  // bytes that are copied at once
  return matrix.is_contiguous() && matrix.size(1) % kChunk == 0 &&
         reinterpret_cast<std::uintptr_t>(matrix.const_data_ptr()) % kChunk == 0;
}

}  // namespace

bool int8_product_takes(const at::Tensor& values, const Int8Columns& columns) {
  return values.is_cuda() && at::cuda::getDeviceProperties(values.device().index())->major >= 8 &&
         values.size(0) > 0 && lies_well(values) && lies_well(columns.integers);
}

void int8_product_cuda(const Int8Rows& x, const Int8Columns& columns, const at::Tensor& out) {
  const c10::cuda::CUDAGuard guard(out.device());
  const auto halves = static_cast<int>(x.values.size(1) / 2);
  Arguments arguments{};
  arguments.source = {{x.values.const_data_ptr()},
                      halves,
                      static_cast<int>(x.values.size(0)),
                      halves,
                      1,
                      0,
                      {columns.integers.const_data_ptr()},
                      static_cast<int>(columns.integers.size(0)),
                      1};
  arguments.scale = x.scale.const_data_ptr<float>();
  arguments.zero_point = x.zero_point.const_data_ptr<std::int32_t>();
  arguments.alone = x.scale.numel() == 1;
  arguments.weight_scale = columns.scale.const_data_ptr<float>();
  arguments.weight_sums = columns.sums.const_data_ptr<std::int32_t>();
  arguments.bias = pointer_or_null<float>(columns.bias);
  arguments.out = out.mutable_data_ptr();
  arguments.out_stride = out.stride(0);
  in_float_type(out, [&](auto value) { launch<decltype(value)>(arguments); });
}

}  // namespace octet
