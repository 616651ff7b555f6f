#include "core/s3gen/rotary_tables.h"

#include <ATen/ATen.h>

#include "core/checkpoint/upstream_sizes.h"

namespace octet::s3gen {

RotaryTables rotary_tables(std::int64_t positions, at::Device device) {
  constexpr auto kWidth = upstream::kTokenizerHeadWidth;
  const auto even = at::arange(0, kWidth, 2, at::kLong).to(at::kFloat);
  const auto frequencies = 1.0 / at::pow(10000.0, even / kWidth);
  const auto angles = at::outer(at::arange(positions, at::kLong), frequencies).to(at::kFloat);
  const auto twice = [&](const at::Tensor& half) { return at::cat({half, half}, -1).to(device); };
  return {twice(at::cos(angles)), twice(at::sin(angles))};
}

}  // namespace octet::s3gen
