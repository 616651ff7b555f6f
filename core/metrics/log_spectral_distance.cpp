#include "core/metrics/log_spectral_distance.h"

#include <ATen/ATen.h>

#include "core/metrics/signal_pair.h"

namespace octet {

double log_spectral_distance(std::span<const float> reference, std::span<const float> test, int sample_rate) {
  const int n_fft = static_cast<int>(2048LL * sample_rate / 48000);
  const int hop = sample_rate / 100;
  if (n_fft < 2 || hop == 0) return kUndefined;
  const at::Tensor window = at::hann_window(n_fft, at::kDouble);
  const double full_scale = window.sum().item<double>() / 2;  // magnitude of a sine of amplitude 1
  const auto decibels = [&](const at::Tensor& magnitudes) {
    return (magnitudes / full_scale).clamp_min(1e-6).log10() * 20;
  };
  double sum = 0;
  std::int64_t frames = 0;
  for_each_magnitudes(SignalPair(reference, test), {.n_fft = n_fft, .hop = hop, .mirrored = n_fft / 2},
                      window, [&](const at::Tensor& r, const at::Tensor& t) {
                        sum += (decibels(r) - decibels(t)).pow(2).mean(0).sqrt().sum().item<double>();
                        frames += r.size(1);
                      });
  return frames == 0 ? kUndefined : sum / static_cast<double>(frames);
}

}  // namespace octet
