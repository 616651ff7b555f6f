#include "core/dsp/time_stretch.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace octet {
namespace {

/// Silence before and behind the samples.
float at(std::span<const float> samples, std::int64_t index) {
  return index < 0 || index >= std::ssize(samples) ? 0.0F : samples[static_cast<std::size_t>(index)];
}

/// Where near `middle`, `reach` to both sides, the samples are most like those from `wanted` on. Of equals
/// the nearest to the middle.
std::int64_t most_alike(std::span<const float> samples, std::int64_t wanted, std::int64_t middle,
                        std::int64_t reach, std::int64_t length) {
  std::int64_t best = middle;
  double best_likeness = -1;
  for (std::int64_t away = 0; away <= 2 * reach; ++away) {
    const auto candidate = middle + (away % 2 == 0 ? away / 2 : -(away + 1) / 2);
    double product = 0, energy = 1e-12;
    for (std::int64_t i = 0; i < length; ++i) {
      const double value = at(samples, candidate + i);
      product += value * at(samples, wanted + i);
      energy += value * value;
    }
    const double likeness = product / std::sqrt(energy);
    if (away > 0 && likeness <= best_likeness) continue;
    best = candidate;
    best_likeness = likeness;
  }
  return best;
}

}  // namespace

std::vector<float> stretch_time(std::span<const float> samples, int sample_rate, double speed) {
  const auto half = std::max<std::int64_t>(sample_rate / 50, 1), reach = half / 2;
  const auto length = std::llround(static_cast<double>(samples.size()) / speed);
  std::vector<float> window(static_cast<std::size_t>(2 * half));
  for (std::size_t i = 0; i < window.size(); ++i)
    window[i] = static_cast<float>(
        0.5 - 0.5 * std::cos(std::numbers::pi * static_cast<double>(i) / static_cast<double>(half)));
  std::vector<float> stretched(static_cast<std::size_t>(length));
  // The first window begins half before the sound, so that everywhere two windows sum to one.
  auto from = -half;
  for (auto begin = -half; begin < length; begin += half) {
    if (begin > -half) {
      const auto middle = std::llround(static_cast<double>(begin) * speed);
      from = most_alike(samples, from + half, middle, reach, 2 * half);
    }
    for (std::int64_t i = std::max<std::int64_t>(-begin, 0); i < 2 * half && begin + i < length; ++i)
      stretched[static_cast<std::size_t>(begin + i)] +=
          window[static_cast<std::size_t>(i)] * at(samples, from + i);
  }
  return stretched;
}

}  // namespace octet
