#include "core/audio/stream_resampler.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <numeric>

namespace octet {
namespace {

constexpr int kCrossings = 32;     // zero crossings of the sinc on either side
constexpr double kRolloff = 0.92;  // of the lower Nyquist frequency; the rest is for the transition
constexpr double kBeta = 8.0;      // Kaiser window: stop band at -80 dB

}  // namespace

StreamResampler::StreamResampler(int from_rate, int to_rate, Source source) : source_(std::move(source)) {
  const int divisor = std::gcd(from_rate, to_rate);
  up_ = to_rate / divisor;
  down_ = from_rate / divisor;
  // In source samples; a lower target rate needs a wider filter.
  const double widening = std::max(1.0, static_cast<double>(from_rate) / to_rate);
  const double cutoff = kRolloff / widening;
  const int half = static_cast<int>(std::ceil(kCrossings * widening));
  taps_ = 2 * half;
  phase_ = up_ * ahead();  // the first output is the source's first sample
  past_.assign(2 * static_cast<std::size_t>(taps_), 0.f);
  phases_.resize(static_cast<std::size_t>(up_) * static_cast<std::size_t>(taps_));
  for (int phase = 0; phase < up_; ++phase) {
    const auto filter = std::span(phases_).subspan(
        static_cast<std::size_t>(phase) * static_cast<std::size_t>(taps_), static_cast<std::size_t>(taps_));
    double sum = 0;
    for (int tap = 0; tap < taps_; ++tap) {
      const double distance = tap - (half - 1) - static_cast<double>(phase) / up_;
      const double x = std::numbers::pi * cutoff * distance, w = distance / half;
      const double window = std::cyl_bessel_i(0, kBeta * std::sqrt(std::max(0.0, 1 - w * w)));
      const double value = window * (x == 0 ? 1 : std::sin(x) / x);
      filter[static_cast<std::size_t>(tap)] = static_cast<float>(value);
      sum += value;
    }
    for (float& value : filter) value = static_cast<float>(value / sum);
  }
}

void StreamResampler::pull(std::span<float> out) {
  for (float& value : out) {
    for (; phase_ >= up_; phase_ -= up_) {
      float& next = past_[static_cast<std::size_t>(newest_)];
      source_({&next, 1});
      past_[static_cast<std::size_t>(newest_ + taps_)] = next;
      newest_ = (newest_ + 1) % taps_;
    }
    const auto filter = phases_.begin() + static_cast<std::ptrdiff_t>(phase_) * taps_;
    value = std::inner_product(filter, filter + taps_, past_.begin() + newest_, 0.f);
    phase_ += down_;
  }
}

std::vector<float> resampled(std::span<const float> samples, int from_rate, int to_rate) {
  std::size_t taken = 0;
  StreamResampler resampler(from_rate, to_rate, [&](std::span<float> wanted) {
    for (float& value : wanted) {
      value = taken < samples.size() ? samples[taken] : 0.f;
      ++taken;
    }
  });
  std::vector<float> out(
      static_cast<std::size_t>(std::llround(static_cast<double>(samples.size()) * to_rate / from_rate)));
  resampler.pull(out);
  return out;
}

}  // namespace octet
