#include "core/metrics/pauses.h"

#include <ATen/ATen.h>

#include "core/metrics/pause_frames.h"
#include "core/metrics/signal_pair.h"
#include "core/torch_errors.h"

namespace octet {
namespace {

constexpr double kPauseRatio = 1e-3;  // 30 dB under the loud frames

}  // namespace

StftFrames pause_frames(int sample_rate) {
  return {.n_fft = sample_rate / 50, .hop = sample_rate / 100, .mirrored = 0};
}

at::Tensor are_pauses(const at::Tensor& levels) {
  return (levels <= levels.quantile(0.95) * kPauseRatio).logical_and(levels > 0);
}

std::vector<TimeRange> pauses(std::span<const float> sound, int sample_rate) try {
  const StftFrames frames = pause_frames(sample_rate);
  if (frames.hop == 0) return {};
  std::vector<at::Tensor> levels;
  for_each_magnitudes(SignalPair(sound, sound), frames, at::hann_window(frames.n_fft, at::kDouble),
                      [&](const at::Tensor& magnitudes, const at::Tensor&) {
                        levels.push_back(magnitudes.slice(0, 1).pow(2).sum(0));
                      });
  if (levels.empty()) return {};

  const at::Tensor quiet = are_pauses(at::cat(levels));
  const auto is_quiet = quiet.accessor<bool, 1>();
  std::vector<TimeRange> ranges;
  for (std::int64_t frame = 0; frame < quiet.size(0); ++frame) {
    if (!is_quiet[frame]) continue;
    const auto seconds = [&](std::int64_t half_hops) {
      return static_cast<double>(half_hops * frames.hop + frames.n_fft) / (2.0 * sample_rate);
    };
    const bool follows = frame > 0 && is_quiet[frame - 1];
    if (!follows) ranges.push_back({seconds(2 * frame - 1), 0});
    ranges.back().to = seconds(2 * frame + 1);
  }
  return ranges;
} catch (...) {
  rethrow_as_error();
}

}  // namespace octet
