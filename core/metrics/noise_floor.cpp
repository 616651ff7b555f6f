#include "core/metrics/noise_floor.h"

#include <ATen/ATen.h>

#include <cmath>
#include <vector>

#include "core/metrics/pause_frames.h"
#include "core/metrics/signal_pair.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

constexpr std::int64_t kFewestFrames = 5;

struct Floors {
  double reference = kUndefined;
  double test = kUndefined;
};

std::vector<Floors> measure(std::span<const float> reference, std::span<const float> test, int sample_rate,
                            std::span<const FrequencyBand> bands) try {
  struct Bins {
    std::int64_t from, to;
  };
  std::vector<Floors> floors(bands.size());
  const StftFrames frames = pause_frames(sample_rate);
  const int n_fft = frames.n_fft;
  if (frames.hop == 0) return floors;
  std::vector<Bins> bins;
  for (const auto& band : bands)
    bins.push_back({static_cast<std::int64_t>(std::ceil(band.low * n_fft / sample_rate)),
                    static_cast<std::int64_t>(std::ceil(band.high * n_fft / sample_rate))});

  const at::Tensor window = at::hann_window(n_fft, at::kDouble);
  const double scale = 2 / (n_fft * window.pow(2).sum().item<double>());  // one side of the spectrum
  std::vector<at::Tensor> levels;                                         // mean squares, [frames]
  std::vector<std::vector<at::Tensor>> reference_bands(bands.size()), test_bands(bands.size());
  for_each_magnitudes(SignalPair(reference, test), frames, window,
                      [&](const at::Tensor& r, const at::Tensor& t) {
                        const at::Tensor power = r.pow(2) * scale;
                        const at::Tensor test_power = t.pow(2) * scale;
                        levels.push_back(power.slice(0, 1).sum(0));  // a constant is no sound
                        for (std::size_t i = 0; i < bins.size(); ++i) {
                          reference_bands[i].push_back(power.slice(0, bins[i].from, bins[i].to).sum(0));
                          test_bands[i].push_back(test_power.slice(0, bins[i].from, bins[i].to).sum(0));
                        }
                      });
  if (levels.empty()) return floors;

  const at::Tensor pauses = are_pauses(at::cat(levels));
  if (pauses.sum().item<std::int64_t>() < kFewestFrames) return floors;
  const auto floor = [&](const std::vector<at::Tensor>& powers) {
    return 10 *
           std::log10(at::cat(powers).masked_select(pauses).clamp_min(1e-14).quantile(0.5).item<double>());
  };
  for (std::size_t i = 0; i < bins.size(); ++i)
    if (bins[i].from >= 1 && bins[i].to <= n_fft / 2 + 1 && bins[i].from < bins[i].to)
      floors[i] = {floor(reference_bands[i]), floor(test_bands[i])};
  return floors;
} catch (...) {
  rethrow_as_error();
}

}  // namespace

double noise_floor(std::span<const float> reference, std::span<const float> test, int sample_rate,
                   FrequencyBand band) {
  return measure(reference, test, sample_rate, {&band, 1}).front().test;
}

double noise_floor_rise(std::span<const float> reference, std::span<const float> test, int sample_rate,
                        FrequencyBand band) {
  const Floors floors = measure(reference, test, sample_rate, {&band, 1}).front();
  return floors.test - floors.reference;
}

std::span<const FrequencyBand> noise_floor_bands() {
  static constexpr FrequencyBand kBands[] = {{100, 1000}, {1000, 4000}, {4000, 8000}, {8000, 12000}};
  return kBands;
}

std::vector<double> noise_floors(std::span<const float> reference, std::span<const float> test,
                                 int sample_rate, std::span<const FrequencyBand> bands) {
  std::vector<double> levels;
  for (const auto& floors : measure(reference, test, sample_rate, bands)) levels.push_back(floors.test);
  return levels;
}

}  // namespace octet
