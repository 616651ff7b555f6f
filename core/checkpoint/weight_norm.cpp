#include "core/checkpoint/weight_norm.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "core/kernels/in_parallel.h"

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
  in_parallel(direction.size(0), /*grain=*/1, [&](std::int64_t begin, std::int64_t end) {
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

WeightNorm split_weight_norm(const at::Tensor& weight) {
  std::vector<std::int64_t> one(static_cast<std::size_t>(weight.dim()), 1);
  one.front() = weight.size(0);
  WeightNorm parts{at::empty(one, weight.options()), weight.clone()};
  const auto inner = static_cast<std::size_t>(weight[0].numel());
  auto* direction = parts.direction.mutable_data_ptr<float>();
  auto* magnitude = parts.magnitude.mutable_data_ptr<float>();
  for (std::size_t channel = 0; channel < static_cast<std::size_t>(weight.size(0)); ++channel) {
    const std::span values(direction + channel * inner, inner);
    magnitude[channel] = static_cast<float>(norm_of(values));
    if (magnitude[channel] == 0) std::ranges::fill(values, 1.0f);
  }
  return parts;
}

}  // namespace octet
