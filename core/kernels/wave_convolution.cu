#include <c10/cuda/CUDAGuard.h>

#include "core/kernels/row_launch.cuh"
#include "core/kernels/row_tile.cuh"
#include "core/kernels/sm90_kernels.h"
#include "core/kernels/wave_finish.cuh"

namespace octet {
namespace {

struct Arguments {
  RowSource source;
  WaveFinishSource finish;
};

template <class Tile>
__global__ void __launch_bounds__(Tile::kThreads)
    wave_convolution_kernel(const __grid_constant__ Arguments p) {
  extern __shared__ __align__(128) unsigned char memory[];
  const int row = static_cast<int>(blockIdx.x) * Tile::kRows,
            column = static_cast<int>(blockIdx.y) * Tile::kColumns;
  product_tile<Tile>(p.source, 0, row, column, /*settled=*/true, memory);
  const auto* const sums = reinterpret_cast<const float*>(memory);
  for (int i = static_cast<int>(threadIdx.x); i < Tile::kRows * Tile::kColumns / 8; i += Tile::kThreads) {
    const int r = i / (Tile::kColumns / 8), n = i % (Tile::kColumns / 8) * 8;
    if (row + r >= p.source.row_count || column + n >= p.source.width) continue;
    float values[8];
    mma::load8(sums + r * Tile::kStagedStride + n, values);
    finish_wave(p.finish, row + r, column + n, values);
  }
}

template <class Tile>
void launch(const Arguments& arguments) {
  launch_dependent(wave_convolution_kernel<Tile>,
                   dim3((arguments.source.row_count + Tile::kRows - 1) / Tile::kRows,
                        (arguments.source.width + Tile::kColumns - 1) / Tile::kColumns),
                   dim3(Tile::kThreads), Tile::kBytes, arguments);
}

}  // namespace

bool wave_kernels_run_on(at::Device device) {
  return device.is_cuda() && at::cuda::getDeviceProperties(device.index())->major >= 8;
}

void wave_convolution_cuda(const WaveConvolutionRequest& request) {
  const c10::cuda::CUDAGuard guard(request.weight.device());
  const auto& x = request.x.high;
  const auto channels = x.size(1);
  if (sm90::takes(x.device()) && x.stride(0) >= channels)  // rows that overlap are no tensor to its copies
    return sm90::wave_convolution_cuda(request);
  Arguments arguments{};
  arguments.source = {{x.const_data_ptr(), request.x.low.const_data_ptr()},
                      x.stride(0),
                      static_cast<int>(x.size(0)),
                      static_cast<int>(channels),
                      static_cast<int>(request.dilation),
                      static_cast<int>(request.lead),
                      {request.weight.const_data_ptr(), pointer_or_null<void>(request.weight_low)},
                      static_cast<int>(request.weight.size(0)),
                      static_cast<int>(request.weight.size(1) / channels)};
  arguments.finish = finish_of(request);
  const bool wide = request.weight.size(0) >= 128, exact = !request.weight_low.defined();
  if (wide)
    exact ? launch<RowTile<__half, 64, 128, 64, 1, 3, 2, 1>>(arguments)
          : launch<RowTile<__half, 64, 128, 64, 1, 2, 2, 2>>(arguments);
  else
    exact ? launch<RowTile<__half, 128, 64, 32, 1, 2, 2, 1>>(arguments)
          : launch<RowTile<__half, 128, 64, 32, 1, 2, 2, 2>>(arguments);
}

}  // namespace octet
