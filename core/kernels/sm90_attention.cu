#include <algorithm>

#include "core/kernels/row_launch.cuh"
#include "core/kernels/sm90_attention.cuh"
#include "core/kernels/sm90_kernels.h"
#include "core/kernels/tensor_map.h"

namespace octet::sm90 {
namespace {

/// Multiprocessors without one of so many blocks.
std::int64_t left_over(at::Device device, std::int64_t blocks) {
  return std::max<std::int64_t>(at::cuda::getDeviceProperties(device.index())->multiProcessorCount - blocks,
                                0);
}

}  // namespace

void attention_cuda(const RowAttentionRequest& request, float scale, const RowMeanwhile& meanwhile) {
  const auto& qkv = request.qkv;
  const auto batch = qkv.size(0), rows = qkv.size(1), channels = qkv.size(2),
             heads = channels / 3 / kHeadWidth;
  in_half_type(qkv, [&](auto value) {
    using Tile = AttentionTile<decltype(value), 2, 2>;
    AttentionArguments arguments{};
    arguments.qkv =
        tensor_map(qkv, {channels, rows, batch}, {channels, channels * rows}, {kHeadWidth, 64, 1});
    arguments.lengths = request.lengths.defined() ? request.lengths.const_data_ptr<int>() : nullptr;
    arguments.rows = static_cast<int>(rows);
    arguments.heads = static_cast<int>(heads);
    arguments.scale = scale;
    arguments.out = request.out.mutable_data_ptr();
    const auto quantized = meanwhile.quantized.size(), together = std::min(quantized, kMostQuantized);
    for (std::size_t i = 0; i < together; ++i)
      arguments.quantized[i] =
          rows_of(meanwhile.quantized[i]->values, meanwhile.quantized[i]->scale, meanwhile.made[i]);
    dequantize_rows_cuda(
        {meanwhile.quantized.begin() + static_cast<std::ptrdiff_t>(together), meanwhile.quantized.end()},
        {meanwhile.made.begin() + static_cast<std::ptrdiff_t>(together), meanwhile.made.end()});
    for (std::size_t i = 0; i < std::min(meanwhile.soon.size(), kMostSoon); ++i)
      arguments.soon[i] = {static_cast<const char*>(meanwhile.soon[i].const_data_ptr()),
                           static_cast<unsigned>(meanwhile.soon[i].nbytes())};
    const auto tiles = (rows + Tile::kQueries - 1) / Tile::kQueries;
    const auto others = quantized > 0 ? left_over(qkv.device(), tiles * heads * batch) / (tiles * batch) : 0;
    launch_dependent(
        arguments.lengths == nullptr ? attention_kernel<Tile, false> : attention_kernel<Tile, true>,
        dim3(static_cast<unsigned>(tiles), static_cast<unsigned>(heads + others),
             static_cast<unsigned>(batch)),
        dim3(Tile::kThreads), Tile::kBytes, arguments);
  });
}

}  // namespace octet::sm90
