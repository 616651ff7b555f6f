#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace octet {

/// One table of numbers of a seed: a number is found by row and position alone. So parts of a table are what
/// they are in the whole, however long that is, in whatever order, and on whatever device.
struct CountedNoise {
  std::uint64_t seed = 0;
  std::uint32_t draw = 0;  ///< other numbers for each
};

/// fp32 [1, rows, count], normal: positions from `first` (at least 0) on. The same bits everywhere.
at::Tensor counted_normal(CountedNoise noise, std::int64_t rows, std::int64_t first, std::int64_t count,
                          at::TensorOptions options);

/// fp32 [1, rows, 1], uniform in [0, 1), multiples of 2^-24: position 0.
at::Tensor counted_uniform(CountedNoise noise, std::int64_t rows, at::TensorOptions options);

/// The CUDA kernels behind them, on the current stream, without a copy or a state: a graph may record them.
/// `to` is contiguous.
void counted_normal_cuda(CountedNoise noise, std::int64_t first, const at::Tensor& to);
void counted_uniform_cuda(CountedNoise noise, const at::Tensor& to);

}  // namespace octet
