#include "core/metrics/snr.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/metrics/decibel_ratio.h"
#include "core/metrics/signal_pair.h"

namespace octet {
namespace {

double energy(const at::Tensor& values) { return values.abs().pow(2).sum().item<double>(); }

}  // namespace

double signal_to_noise(std::span<const float> reference, std::span<const float> test, int) {
  const SignalPair pair(reference, test);
  return decibel_ratio(energy(pair.reference), energy(pair.reference - pair.test));
}

double signal_to_noise_1_to_4_khz(std::span<const float> reference, std::span<const float> test,
                                  int sample_rate) {
  const SignalPair pair(reference, test);
  if (pair.samples() == 0) return kUndefined;
  const double bins_per_hz = static_cast<double>(pair.samples()) / sample_rate;
  const auto from = static_cast<std::int64_t>(std::ceil(1000 * bins_per_hz));
  const auto to = static_cast<std::int64_t>(std::ceil(4000 * bins_per_hz));
  const auto band = [&](const at::Tensor& signal) { return energy(at::fft_rfft(signal).slice(1, from, to)); };
  return decibel_ratio(band(pair.reference), band(pair.reference - pair.test));
}

}  // namespace octet
