#include "ui/sound/loudness.h"

#include <ebur128.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace octet::ui {
namespace {

constexpr double kGatingBlock = 0.4;  // seconds; EBU R128 measures nothing shorter
constexpr double kLargestLift = 10;   // 20 dB

std::optional<double> integrated_lufs(std::span<const float> samples, int sample_rate) {
  if (static_cast<double>(samples.size()) < kGatingBlock * sample_rate) return {};
  struct Destroy {
    void operator()(ebur128_state* state) const { ebur128_destroy(&state); }
  };
  const std::unique_ptr<ebur128_state, Destroy> meter(
      ebur128_init(1, static_cast<unsigned long>(sample_rate), EBUR128_MODE_I));
  double lufs = 0;
  if (!meter || ebur128_add_frames_float(meter.get(), samples.data(), samples.size()) != EBUR128_SUCCESS ||
      ebur128_loudness_global(meter.get(), &lufs) != EBUR128_SUCCESS || !std::isfinite(lufs))
    return {};
  return lufs;
}

}  // namespace

Level level_of(std::span<const float> samples, int sample_rate) {
  Level level{integrated_lufs(samples, sample_rate), 0, 0};
  double energy = 0;
  for (const float sample : samples) {
    energy += static_cast<double>(sample) * sample;
    level.peak = std::max(level.peak, static_cast<double>(std::abs(sample)));
  }
  if (!samples.empty()) level.rms = std::sqrt(energy / static_cast<double>(samples.size()));
  return level;
}

std::vector<double> matching_gains(std::span<const Level> levels) {
  std::vector<double> gains(levels.size(), 1.0);
  if (levels.empty()) return gains;
  const bool by_lufs = std::ranges::all_of(levels, [](const Level& level) { return level.lufs.has_value(); });
  double loudest = 1;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (by_lufs) {
      gains[i] = std::pow(10, (*levels[0].lufs - *levels[i].lufs) / 20);
    } else if (levels[i].rms > 0 && levels[0].rms > 0) {
      gains[i] = levels[0].rms / levels[i].rms;
    }
    gains[i] = std::min(gains[i], kLargestLift);
    loudest = std::max(loudest, gains[i] * levels[i].peak);
  }
  for (double& gain : gains) gain /= loudest;
  return gains;
}

}  // namespace octet::ui
