#include "core/metrics/third_octave_snr.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "core/metrics/decibel_ratio.h"
#include "core/metrics/signal_pair.h"

namespace octet {
namespace {

constexpr int kLowest = -10, kHighest = 10;  // tenths of decades from 1 kHz: 100 Hz to 10 kHz
constexpr double kLeast = 1e-6;              // of the strongest band

}  // namespace

std::vector<ThirdOctave> third_octave_snr(std::span<const float> reference, std::span<const float> test,
                                          int sample_rate) {
  const SignalPair pair(reference, test);
  if (pair.samples() == 0) return {};
  const at::Tensor signal = at::fft_rfft(pair.reference)[0].abs().pow(2);
  const at::Tensor difference = at::fft_rfft(pair.reference - pair.test)[0].abs().pow(2);
  const double bins_per_hz = static_cast<double>(pair.samples()) / sample_rate;
  struct Band {
    double centre, signal, difference;
  };
  std::vector<Band> bands;
  double strongest = 0;
  for (int n = kLowest; n <= kHighest; ++n) {
    const double centre = 1000 * std::pow(10, n / 10.0);
    const auto edge = [&](double half) { return centre * std::pow(10, half / 20); };
    if (edge(1) > sample_rate / 2.0) break;
    const auto from = static_cast<std::int64_t>(std::ceil(edge(-1) * bins_per_hz));
    const auto to = static_cast<std::int64_t>(std::ceil(edge(1) * bins_per_hz));
    const auto energy = [&](const at::Tensor& power) {
      return power.slice(0, from, to).sum().item<double>();
    };
    bands.push_back({centre, energy(signal), energy(difference)});
    strongest = std::max(strongest, bands.back().signal);
  }
  std::vector<ThirdOctave> ratios;
  for (const auto& band : bands)
    if (band.signal > kLeast * strongest)
      ratios.push_back({band.centre, decibel_ratio(band.signal, band.difference)});
  return ratios;
}

double lowest_third_octave_snr(std::span<const float> reference, std::span<const float> test,
                               int sample_rate) {
  const auto bands = third_octave_snr(reference, test, sample_rate);
  const auto lowest = std::ranges::min_element(bands, {}, &ThirdOctave::snr);
  return lowest == bands.end() ? kUndefined : lowest->snr;
}

}  // namespace octet
