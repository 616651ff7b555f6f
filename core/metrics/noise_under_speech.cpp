#include "core/metrics/noise_under_speech.h"

#include <ATen/ATen.h>

#include <cmath>
#include <vector>

#include "core/metrics/pause_frames.h"
#include "core/metrics/signal_pair.h"

namespace octet {

double noise_under_speech(std::span<const float> reference, std::span<const float> test, int sample_rate) {
  const StftFrames frames = pause_frames(sample_rate);
  if (frames.hop == 0) return kUndefined;
  SignalPair pair(reference, test);
  pair.test = pair.test - pair.reference;
  const at::Tensor window = at::hann_window(frames.n_fft, at::kDouble);
  const double scale = 2 / (frames.n_fft * window.pow(2).sum().item<double>());  // one side of the spectrum
  std::vector<at::Tensor> levels, added;                                         // mean squares, [frames]
  for_each_magnitudes(pair, frames, window, [&](const at::Tensor& r, const at::Tensor& difference) {
    levels.push_back(r.slice(0, 1).pow(2).sum(0) * scale);
    added.push_back(difference.slice(0, 1).pow(2).sum(0) * scale);
  });
  if (levels.empty()) return kUndefined;
  const at::Tensor level = at::cat(levels);
  const at::Tensor speaks = are_pauses(level).logical_not().logical_and(level > 0);
  if (!speaks.any().item<bool>()) return kUndefined;
  constexpr double kLeast = 1e-14;
  return 10 * std::log10(at::cat(added).masked_select(speaks).mean().clamp_min(kLeast).item<double>());
}

}  // namespace octet
