#include "core/metrics/pitch.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/metrics/signal_pair.h"

namespace octet {
namespace {

constexpr double kLowest = 50, kHighest = 600;  // Hz
constexpr double kDip = 0.15, kQuiet = 1e-5;
constexpr int kLowestRate = 2400;
constexpr std::int64_t kFramesABlock = 1024;

/// YIN's cumulative mean normalized difference [frames, lags] of windows [frames, window + lags - 1].
at::Tensor normalized_difference(const at::Tensor& windows, std::int64_t window, std::int64_t lags) {
  const auto length = windows.size(1) + window;
  const at::Tensor spectrum =
      at::fft_rfft(windows.slice(1, 0, window), length).conj() * at::fft_rfft(windows, length);
  const at::Tensor products = at::fft_irfft(spectrum, length).slice(1, 0, lags);
  const at::Tensor sums = at::constant_pad_nd(windows.pow(2).cumsum(1), {1, 0});
  const at::Tensor energy = sums.slice(1, window, window + lags) - sums.slice(1, 0, lags);
  const at::Tensor difference =
      (energy.slice(1, 0, 1) + energy - products * 2).clamp_min(0).slice(1, 1);  // from lag 1
  const at::Tensor lag = at::arange(1, lags, at::kDouble);
  const at::Tensor normalized = difference * lag / difference.cumsum(1).clamp_min(1e-300);
  return at::constant_pad_nd(normalized, {1, 0}, 1);
}

/// The period in samples; 0 where there is no dip.
double period(const double* difference, std::int64_t shortest, std::int64_t lags) {
  for (auto lag = shortest; lag + 1 < lags; ++lag) {
    if (difference[lag] >= kDip) continue;
    while (lag + 2 < lags && difference[lag + 1] < difference[lag]) ++lag;
    const double before = difference[lag - 1], here = difference[lag], after = difference[lag + 1];
    const double bend = before - 2 * here + after;
    const double shift = bend > 0 ? std::clamp(0.5 * (before - after) / bend, -0.5, 0.5) : 0;
    return static_cast<double>(lag) + shift;
  }
  return 0;
}

}  // namespace

std::vector<double> pitch(std::span<const float> sound, int sample_rate) {
  if (sample_rate < kLowestRate) return {};
  const auto window = static_cast<std::int64_t>(sample_rate / 50);
  const auto lags = static_cast<std::int64_t>(std::ceil(sample_rate / kLowest)) + 2;
  const auto shortest = static_cast<std::int64_t>(sample_rate / kHighest);
  if (static_cast<std::int64_t>(sound.size()) < window + lags - 1) return {};
  const at::Tensor all =
      SignalPair(sound, sound).reference[0].unfold(0, window + lags - 1, sample_rate / 100);
  const at::Tensor levels = all.pow(2).sum(1);
  const double least = std::max(1e-300, kQuiet * levels.max().item<double>());
  std::vector<double> hz;
  for (std::int64_t first = 0; first < all.size(0); first += kFramesABlock) {
    const auto count = std::min(kFramesABlock, all.size(0) - first);
    const at::Tensor differences =
        normalized_difference(all.slice(0, first, first + count), window, lags).contiguous();
    for (std::int64_t i = 0; i < count; ++i) {
      const double samples = levels[first + i].item<double>() < least
                                 ? 0
                                 : period(differences[i].data_ptr<double>(), shortest, lags);
      hz.push_back(samples > 0 ? sample_rate / samples : 0);
    }
  }
  return hz;
}

}  // namespace octet
