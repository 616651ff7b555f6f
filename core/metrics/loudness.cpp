#include "core/metrics/loudness.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/metrics/signal_pair.h"

namespace octet {
namespace {

/// y[n] = b0 x[n] + b1 x[n-1] + b2 x[n-2] - a1 y[n-1] - a2 y[n-2]
struct Biquad {
  double b0, b1, b2, a1, a2;
  double s1 = 0, s2 = 0;

  double operator()(double x) {
    const double y = b0 * x + s1;
    s1 = b1 * x - a1 * y + s2;
    s2 = b2 * x - a2 * y;
    return y;
  }
};

/// The head: a shelf of 4 dB from about 1.7 kHz on. These numbers give table 1 of the recommendation at 48
/// kHz.
Biquad shelf(int sample_rate) {
  constexpr double kHz = 1681.974450955533, kGain = 3.999843853973347, kQ = 0.7071752369554196;
  const double k = std::tan(std::numbers::pi * kHz / sample_rate);
  const double high = std::pow(10, kGain / 20), band = std::pow(high, 0.4996667741545416);
  const double a0 = 1 + k / kQ + k * k;
  return {(high + band * k / kQ + k * k) / a0, 2 * (k * k - high) / a0, (high - band * k / kQ + k * k) / a0,
          2 * (k * k - 1) / a0, (1 - k / kQ + k * k) / a0};
}

/// Table 2: what lies under 38 Hz is hardly heard.
Biquad high_pass(int sample_rate) {
  constexpr double kHz = 38.13547087602444, kQ = 0.5003270373238773;
  const double k = std::tan(std::numbers::pi * kHz / sample_rate);
  const double a0 = 1 + k / kQ + k * k;
  return {1, -2, 1, 2 * (k * k - 1) / a0, (1 - k / kQ + k * k) / a0};
}

double lufs(double power) { return -0.691 + 10 * std::log10(power); }

/// Mean of the blocks above this power; 0 when none is.
double mean_above(const std::vector<double>& blocks, double gate) {
  double sum = 0;
  int count = 0;
  for (const double block : blocks)
    if (block > gate) {
      sum += block;
      ++count;
    }
  return count > 0 ? sum / count : 0;
}

}  // namespace

double loudness(std::span<const float> sound, int sample_rate) {
  constexpr int kLowestRate = 4000;  // the shelf lies under half of it
  constexpr double kAbsoluteGate = -70, kRelativeGate = 0.1;
  if (sample_rate < kLowestRate) return kUndefined;
  auto head = shelf(sample_rate), low_cut = high_pass(sample_rate);
  std::vector<double> power{0};  // summed up to each sample
  power.reserve(sound.size() + 1);
  for (const float sample : sound) {
    const double heard = low_cut(head(sample));
    power.push_back(power.back() + heard * heard);
  }
  const auto block = static_cast<std::size_t>(std::lround(0.4 * sample_rate));
  std::vector<double> blocks;
  for (std::size_t i = 0;; ++i) {
    const auto begin = static_cast<std::size_t>(std::lround(0.1 * static_cast<double>(i) * sample_rate));
    if (begin + block > sound.size()) break;
    blocks.push_back((power[begin + block] - power[begin]) / static_cast<double>(block));
  }
  const double absolute = std::pow(10, (kAbsoluteGate + 0.691) / 10);
  const double relative = kRelativeGate * mean_above(blocks, absolute);
  const double mean = mean_above(blocks, std::max(absolute, relative));
  return mean > 0 ? lufs(mean) : kUndefined;
}

double loudness_difference(std::span<const float> reference, std::span<const float> test, int sample_rate) {
  const auto common = std::min(reference.size(), test.size());
  return loudness(test.first(common), sample_rate) - loudness(reference.first(common), sample_rate);
}

}  // namespace octet
