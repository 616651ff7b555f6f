#include "core/metrics/mr_stft.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/metrics/signal_pair.h"

namespace octet {
namespace {

struct Resolution {
  int n_fft;
  int hop;
  int window;
};

constexpr Resolution kResolutions[] = {{1024, 120, 600}, {2048, 240, 1200}, {512, 50, 240}};

double distance(const SignalPair& pair, const Resolution& resolution) {
  double difference = 0;
  double energy = 0;
  double log_difference = 0;
  double bins = 0;
  for_each_magnitudes(pair,
                      {.n_fft = resolution.n_fft, .hop = resolution.hop, .mirrored = resolution.n_fft / 2},
                      at::hann_window(resolution.window, at::kDouble),
                      [&](const at::Tensor& reference, const at::Tensor& test) {
                        const at::Tensor r = reference.clamp_min(1e-4);  // auraloss: power of at least 1e-8
                        const at::Tensor t = test.clamp_min(1e-4);
                        difference += (t - r).pow(2).sum().item<double>();
                        energy += r.pow(2).sum().item<double>();
                        log_difference += (t.log() - r.log()).abs().sum().item<double>();
                        bins += static_cast<double>(r.numel());
                      });
  return std::sqrt(difference / energy) + log_difference / bins;  // NaN without a frame
}

}  // namespace

double mr_stft(std::span<const float> reference, std::span<const float> test, int) {
  const SignalPair pair(reference, test);
  double sum = 0;
  for (const Resolution& resolution : kResolutions) sum += distance(pair, resolution);
  return sum / std::size(kResolutions);
}

}  // namespace octet
