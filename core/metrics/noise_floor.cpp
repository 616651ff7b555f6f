#include "core/metrics/noise_floor.h"

#include <ATen/ATen.h>

#include <cmath>
#include <vector>

#include "core/metrics/pause_frames.h"
#include "core/metrics/signal_pair.h"

namespace octet {
namespace {

constexpr std::int64_t kFewestFrames = 5;

struct Floors {
  double reference = kUndefined;
  double test = kUndefined;
};

Floors measure(std::span<const float> reference, std::span<const float> test, int sample_rate,
               FrequencyBand band) {
  const StftFrames frames = pause_frames(sample_rate);
  const int n_fft = frames.n_fft;
  const auto from = static_cast<std::int64_t>(std::ceil(band.low * n_fft / sample_rate));
  const auto to = static_cast<std::int64_t>(std::ceil(band.high * n_fft / sample_rate));
  if (frames.hop == 0 || from < 1 || to > n_fft / 2 + 1 || from >= to) return {};

  const at::Tensor window = at::hann_window(n_fft, at::kDouble);
  const double scale = 2 / (n_fft * window.pow(2).sum().item<double>());  // one side of the spectrum
  std::vector<at::Tensor> levels, reference_bands, test_bands;            // mean squares, [frames]
  for_each_magnitudes(SignalPair(reference, test), frames, window,
                      [&](const at::Tensor& r, const at::Tensor& t) {
                        const at::Tensor power = r.pow(2) * scale;
                        levels.push_back(power.slice(0, 1).sum(0));  // a constant is no sound
                        reference_bands.push_back(power.slice(0, from, to).sum(0));
                        test_bands.push_back((t.slice(0, from, to).pow(2) * scale).sum(0));
                      });
  if (levels.empty()) return {};

  const at::Tensor pauses = are_pauses(at::cat(levels));
  if (pauses.sum().item<std::int64_t>() < kFewestFrames) return {};
  const auto floor = [&](const std::vector<at::Tensor>& bands) {
    return 10 *
           std::log10(at::cat(bands).masked_select(pauses).clamp_min(1e-14).quantile(0.5).item<double>());
  };
  return {floor(reference_bands), floor(test_bands)};
}

}  // namespace

double noise_floor(std::span<const float> reference, std::span<const float> test, int sample_rate,
                   FrequencyBand band) {
  return measure(reference, test, sample_rate, band).test;
}

double noise_floor_rise(std::span<const float> reference, std::span<const float> test, int sample_rate,
                        FrequencyBand band) {
  const Floors floors = measure(reference, test, sample_rate, band);
  return floors.test - floors.reference;
}

}  // namespace octet
