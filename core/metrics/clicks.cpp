#include "core/metrics/clicks.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/metrics/signal_pair.h"

namespace octet {
namespace {

constexpr float kOverMedian = 25, kOverReference = 4;
constexpr float kLeast = 1e-6f;

/// Sizes of x[n-2] - 4 x[n-1] + 6 x[n] - 4 x[n+1] + x[n+2]; 0 at the ends.
std::vector<float> steepness(std::span<const float> signal) {
  std::vector<float> sizes(signal.size());
  for (std::size_t n = 2; n + 2 < signal.size(); ++n)
    sizes[n] =
        std::abs(signal[n - 2] - 4 * signal[n - 1] + 6 * signal[n] - 4 * signal[n + 1] + signal[n + 2]);
  return sizes;
}

std::span<const float> around(const std::vector<float>& values, std::size_t place, std::size_t reach) {
  const auto begin = place - std::min(place, reach);
  return std::span(values).subspan(begin, std::min(values.size(), place + reach + 1) - begin);
}

float median_of(std::span<const float> values) {
  std::vector<float> sorted(values.begin(), values.end());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::ranges::nth_element(sorted, middle);
  return *middle;
}

}  // namespace

double clicks(std::span<const float> reference, std::span<const float> test, int sample_rate) {
  const auto common = std::min(reference.size(), test.size());
  const auto window = static_cast<std::size_t>(sample_rate / 50);
  if (common < window || window == 0) return kUndefined;
  const auto smooth = steepness(reference.first(common)), seen = steepness(test.first(common));
  const auto near = static_cast<std::size_t>(sample_rate / 1000), apart = window / 4;
  int count = 0;
  for (std::size_t n = 0; n < common; ++n) {
    if (seen[n] <= kLeast || seen[n] <= kOverReference * std::ranges::max(around(smooth, n, near))) continue;
    if (seen[n] <= kOverMedian * std::max(kLeast, median_of(around(seen, n, window / 2)))) continue;
    ++count;
    n += apart;
  }
  return count * static_cast<double>(sample_rate) / static_cast<double>(common);
}

}  // namespace octet
