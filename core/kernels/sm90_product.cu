#include "core/kernels/row_finish.cuh"
#include "core/kernels/row_launch.cuh"
#include "core/kernels/sm90_kernels.h"
#include "core/kernels/sm90_product.cuh"
#include "core/kernels/tensor_map.h"

namespace octet::sm90 {
namespace {

int tiles_of(const RowProductRequest& request, int rows, int columns) {
  const auto count = [](std::int64_t extent, int tile) {
    return static_cast<int>((extent + tile - 1) / tile);
  };
  int across = 0;
  for (const auto& part : request.columns)
    if (part.weight.defined()) across += count(part.weight.size(0), columns);
  return across * count(request.x.size(1), rows) * static_cast<int>(request.x.size(0));
}

template <class Tile>
void launch(const RowProductRequest& request) {
  const auto& x = request.x;
  const auto channels = x.size(2);
  ProductArguments arguments{};
  arguments.rows = tensor_map(x, {channels, x.size(1), x.size(0)}, {x.stride(1), x.stride(1) * x.size(1)},
                              {mma::kTileWidth, Tile::kRows, 1});
  for (std::size_t i = 0; i < kMostColumns; ++i) {
    const auto& [weight, bias] = request.columns[i];
    if (!weight.defined()) continue;
    const auto width = weight.size(0), taps = weight.size(1) / channels;
    arguments.weights[i] = tensor_map(weight, {channels, taps, width}, {channels, channels * taps},
                                      {mma::kTileWidth, 1, Tile::kColumns});
    arguments.parts[i] = {pointer_or_null<float>(bias), static_cast<int>(width), static_cast<int>(taps)};
  }
  arguments.row_count = static_cast<int>(x.size(1));
  arguments.channels = static_cast<int>(channels);
  arguments.settled_weights = request.settled_weights;
  arguments.finish = finish_of(request);
  const auto batch = static_cast<unsigned>(x.size(0)),
             row_tiles = static_cast<unsigned>((x.size(1) + Tile::kRows - 1) / Tile::kRows);
  const auto tiles = static_cast<unsigned>(tiles_of(request, Tile::kRows, Tile::kColumns));
  launch_dependent(product_kernel<Tile>, dim3(tiles / batch / row_tiles, row_tiles, batch),
                   dim3(Tile::kThreads), Tile::kBytes, arguments);
}

}  // namespace

static_assert(kMostParts == kMostColumns);

bool takes(at::Device device) {
#ifdef OCTET_FOR_SM90A
  const auto* const gpu = at::cuda::getDeviceProperties(device.index());
  return gpu->major == 9 && gpu->minor == 0;
#else
  static_cast<void>(device);
  return false;
#endif
}

void product_cuda(const RowProductRequest& request) {
  const auto multiprocessors = at::cuda::getDeviceProperties(request.x.device().index())->multiProcessorCount;
  in_half_type(request.x, [&](auto value) {
    using T = decltype(value);
    // Few columns: small tiles, and deep, so that every multiprocessor has one. Else what fits into one wave.
    if (request.out.size(2) <= 512)
      launch<ProductTile<T, 1, 64, 5, 2>>(request);
    else if (tiles_of(request, 128, 128) <= multiprocessors)
      launch<ProductTile<T, 2, 128, 4, 1>>(request);
    else
      launch<ProductTile<T, 1, 128, 3, 3>>(request);
  });
}

}  // namespace octet::sm90
