#include "core/checkpoint/weight_norm.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>
#include <span>

namespace octet {
namespace {

/// One after the other: in fp64 the squares of fp32 numbers are exact, so that only the sum rounds.
double norm_of(std::span<const float> values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum);
}

}  // namespace

at::Tensor fold_weight_norm(const at::Tensor& direction, const at::Tensor& magnitude) {
  const auto folded = at::empty_like(direction);
  const auto inner = static_cast<std::size_t>(direction[0].numel());
  const auto* from = direction.const_data_ptr<float>();
  const auto* magnitudes = magnitude.const_data_ptr<float>();
  auto* to = folded.mutable_data_ptr<float>();
  at::parallel_for(0, direction.size(0), /*grain_size=*/1, [&](std::int64_t begin, std::int64_t end) {
    for (auto channel = static_cast<std::size_t>(begin); channel < static_cast<std::size_t>(end); ++channel) {
      const std::span values(from + channel * inner, inner);
      const auto norm = norm_of(values);
      const double scale = magnitudes[channel];
      // The product of two fp32 numbers is exact in fp64 as well.
      for (std::size_t i = 0; i < inner; ++i)
        to[channel * inner + i] = static_cast<float>(scale * values[i] / norm);
    }
  });
  return folded;
}

}  // namespace octet
