#include "core/kernels/counted_noise.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/kernels/counted_normal.h"

namespace octet {

at::Tensor counted_normal(CountedNoise noise, std::int64_t rows, std::int64_t first, std::int64_t count,
                          at::TensorOptions options) {
  const auto made = at::empty({1, rows, count}, options.dtype(at::kFloat));
  if (made.is_cuda()) {
    counted_normal_cuda(noise, first, made);
    return made;
  }
  auto* to = made.mutable_data_ptr<float>();
  const std::int64_t end = first + count;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t position = first; position < end;) {
      const auto [values] = normal_block(noise.seed, static_cast<std::uint64_t>(position) / 4,
                                         static_cast<std::uint32_t>(row), noise.draw);
      const auto within = position % 4, taken = std::min(4 - within, end - position);
      to = std::copy_n(values + within, taken, to);
      position += taken;
    }
  return made;
}

at::Tensor counted_uniform(CountedNoise noise, std::int64_t rows, at::TensorOptions options) {
  const auto made = at::empty({1, rows, 1}, options.dtype(at::kFloat));
  if (made.is_cuda()) {
    counted_uniform_cuda(noise, made);
    return made;
  }
  auto* const to = made.mutable_data_ptr<float>();
  for (std::int64_t row = 0; row < rows; ++row)
    to[row] = counted_uniform_number(noise.seed, static_cast<std::uint32_t>(row), noise.draw);
  return made;
}

}  // namespace octet
