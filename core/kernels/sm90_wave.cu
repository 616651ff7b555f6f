#include "core/kernels/row_launch.cuh"
#include "core/kernels/sm90_kernels.h"
#include "core/kernels/sm90_wave.cuh"
#include "core/kernels/tensor_map.h"

namespace octet::sm90 {
namespace {

template <class Tile>
void launch(const WaveConvolutionRequest& request) {
  const auto& [high, low] = request.x;
  const auto rows = high.size(0), channels = high.size(1), width = request.weight.size(0),
             taps = request.weight.size(1) / channels;
  WaveArguments arguments{};
  for (int term = 0; term < 2; ++term)
    arguments.rows[term] =
        tensor_map(term == 0 ? high : low, {channels, rows, 1}, {high.stride(0), high.stride(0) * rows},
                   {mma::kTileWidth, Tile::kRows, 1});
  for (int term = 0; term < Tile::kRight; ++term)
    arguments.weights[term] =
        tensor_map(term == 0 ? request.weight : request.weight_low, {channels, taps, width},
                   {channels, channels * taps}, {mma::kTileWidth, 1, Tile::kColumns});
  arguments.row_count = static_cast<int>(rows);
  arguments.channels = static_cast<int>(channels);
  arguments.taps = static_cast<int>(taps);
  arguments.dilation = static_cast<int>(request.dilation);
  arguments.lead = static_cast<int>(request.lead);
  arguments.finish = finish_of(request);
  launch_dependent(wave_kernel<Tile>,
                   dim3(static_cast<unsigned>((width + Tile::kColumns - 1) / Tile::kColumns),
                        static_cast<unsigned>((rows + Tile::kRows - 1) / Tile::kRows)),
                   dim3(Tile::kThreads), Tile::kBytes, arguments);
}

}  // namespace

void wave_convolution_cuda(const WaveConvolutionRequest& request) {
  const bool exact = !request.weight_low.defined();
  if (request.weight.size(0) >= 128)
    exact ? launch<WaveTile<1, 128, 3, 1>>(request) : launch<WaveTile<1, 128, 2, 2>>(request);
  else
    exact ? launch<WaveTile<2, 64, 2, 1>>(request) : launch<WaveTile<2, 64, 2, 2>>(request);
}

}  // namespace octet::sm90
