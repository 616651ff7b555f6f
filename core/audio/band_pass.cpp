#include "core/audio/band_pass.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

namespace octet {
namespace {

constexpr int kReach = 256;  // taps to each side of the middle

/// A low pass, one tap; `cut` in cycles a sample.
double low_pass(double cut, int tap) {
  if (tap == 0) return 2 * cut;
  return std::sin(2 * std::numbers::pi * cut * tap) / (std::numbers::pi * tap);
}

}  // namespace

std::vector<float> band_pass(const FrequencyBand& band, int sample_rate) {
  std::vector<float> taps;
  for (int tap = -kReach; tap <= kReach; ++tap) {
    const double turn = std::numbers::pi * tap / (kReach + 1);
    const double window = 0.42 + 0.5 * std::cos(turn) + 0.08 * std::cos(2 * turn);
    taps.push_back(static_cast<float>(
        window * (low_pass(band.high / sample_rate, tap) - low_pass(band.low / sample_rate, tap))));
  }
  return taps;
}

float filtered(std::span<const float> sound, std::span<const float> taps, std::int64_t position) noexcept {
  const auto reach = static_cast<std::int64_t>(taps.size() / 2);
  const auto begin = std::max<std::int64_t>(0, position - reach);
  const auto end = std::min(static_cast<std::int64_t>(sound.size()), position + reach + 1);
  if (begin >= end) return 0;
  const auto part = sound.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
  const auto* tap = taps.data() + (begin - (position - reach));
  return std::inner_product(part.begin(), part.end(), tap, 0.0F);
}

}  // namespace octet
