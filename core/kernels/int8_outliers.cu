#include <c10/cuda/CUDAGuard.h>

#include "core/kernels/int8_kernels.h"
#include "core/kernels/mma.cuh"
#include "core/kernels/row_launch.cuh"

namespace octet {
namespace {

constexpr int kTile = 64;  // rows and columns of a block's results
constexpr int kEach = 4;   // of each, of a thread's
constexpr int kThreads = kTile / kEach * (kTile / kEach);
constexpr int kListed = 1024;  // inputs that are looked through at once
constexpr int kDepth = 16;     // outliers that are multiplied at once

struct Arguments {
  const float* results;
  const void* x;
  const std::uint8_t* outliers;  // of inputs
  const std::int8_t* integers;   // [width, inputs]
  const float* weight_scale;     // of columns
  void* out;
  int rows;
  int width;
  int inputs;
};

/// Outliers among kListed inputs from `first` on, in their order, and how many there are: the same in all
/// threads.
__device__ int list_outliers(const Arguments& p, int first, int* list, int* counts) {
  constexpr int kTurns = kListed / kThreads;
  const int thread = static_cast<int>(threadIdx.x), warp = thread / 32, lane = thread % 32;
  first += warp * 32 * kTurns + lane;
  unsigned ones[kTurns];
  int here = 0;
#pragma unroll
  for (int turn = 0; turn < kTurns; ++turn) {
    const int input = first + 32 * turn;
    ones[turn] = __ballot_sync(0xffffffffu, input < p.inputs && p.outliers[input] != 0);
    here += __popc(ones[turn]);
  }
  if (lane == 0) counts[warp] = here;
  __syncthreads();
  int place = 0, found = 0;
#pragma unroll
  for (int other = 0; other < kThreads / 32; ++other) {
    if (other < warp) place += counts[other];
    found += counts[other];
  }
#pragma unroll
  for (int turn = 0; turn < kTurns; ++turn) {
    if ((ones[turn] >> lane & 1u) != 0)
      list[place + __popc(ones[turn] & ((1u << lane) - 1))] = first + 32 * turn;
    place += __popc(ones[turn]);
  }
  __syncthreads();
  return found;
}

template <typename In, typename Out>
__global__ void __launch_bounds__(kThreads) add_outliers_kernel(const __grid_constant__ Arguments p) {
  __shared__ int list[kListed], counts[kThreads / 32];
  __shared__ float left[kDepth][kTile + 1], right[kDepth][kTile + 1];
  mma::wait_for_previous_kernel();
  mma::let_next_kernel_start();
  const int thread = static_cast<int>(threadIdx.x);
  const int row = static_cast<int>(blockIdx.x) * kTile, column = static_cast<int>(blockIdx.y) * kTile;
  // Neighbours in a warp have neighbouring columns.
  const int down = thread / (kTile / kEach), across = thread % (kTile / kEach);
  float sums[kEach][kEach] = {};
  for (int first = 0; first < p.inputs; first += kListed) {
    const int found = list_outliers(p, first, list, counts);
    for (int begin = 0; begin < found; begin += kDepth) {
      for (int i = thread; i < kDepth * kTile; i += kThreads) {
        const int k = i % kDepth, place = i / kDepth;
        const bool inside = begin + k < found;
        const long input = inside ? list[begin + k] : 0;
        const int r = row + place, c = column + place;
        left[k][place] =
            inside && r < p.rows
                ? static_cast<float>(static_cast<const In*>(p.x)[static_cast<long>(r) * p.inputs + input])
                : 0.0f;
        // The weight as the base type has it.
        right[k][place] = inside && c < p.width
                              ? static_cast<float>(static_cast<In>(
                                    static_cast<float>(p.integers[static_cast<long>(c) * p.inputs + input]) *
                                    p.weight_scale[c]))
                              : 0.0f;
      }
      __syncthreads();
#pragma unroll
      for (int k = 0; k < kDepth; ++k)
#pragma unroll
        for (int i = 0; i < kEach; ++i)
#pragma unroll
          for (int j = 0; j < kEach; ++j)
            sums[i][j] += left[k][down + i * (kTile / kEach)] * right[k][across + j * (kTile / kEach)];
      __syncthreads();
    }
  }
#pragma unroll
  for (int i = 0; i < kEach; ++i)
#pragma unroll
    for (int j = 0; j < kEach; ++j) {
      const int r = row + down + i * (kTile / kEach), c = column + across + j * (kTile / kEach);
      if (r >= p.rows || c >= p.width) continue;
      const long at = static_cast<long>(r) * p.width + c;
      static_cast<Out*>(p.out)[at] = static_cast<Out>(p.results[at] + sums[i][j]);
    }
}

}  // namespace

void add_outliers_cuda(const at::Tensor& results, const at::Tensor& x, const at::Tensor& outliers,
                       const Int8Columns& columns, const at::Tensor& out) {
  if (out.numel() == 0) return;
  const c10::cuda::CUDAGuard guard(out.device());
  const Arguments arguments{results.const_data_ptr<float>(),
                            x.const_data_ptr(),
                            static_cast<const std::uint8_t*>(outliers.const_data_ptr()),
                            columns.integers.const_data_ptr<std::int8_t>(),
                            columns.scale.const_data_ptr<float>(),
                            out.mutable_data_ptr(),
                            static_cast<int>(out.size(0)),
                            static_cast<int>(out.size(1)),
                            static_cast<int>(x.size(1))};
  const auto tiles = [](std::int64_t count) { return static_cast<unsigned>((count + kTile - 1) / kTile); };
  const dim3 grid(tiles(out.size(0)), tiles(out.size(1)));
  in_float_type(x, [&](auto in) {
    in_float_type(out, [&](auto to) {
      launch_dependent(add_outliers_kernel<decltype(in), decltype(to)>, grid, dim3(kThreads), 0, arguments);
    });
  });
}

}  // namespace octet
