#include "core/audio/sound_doubts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace octet {
namespace {

constexpr float kQuietPeak = 1e-3f;   // -60 dBFS
constexpr float kIntegerPeak = 4.0f;  // 12 dB over full scale
constexpr float kClippedLevel = 0.98f;
constexpr std::size_t kClippedRun = 4;
constexpr double kClippedShare = 5e-4;
constexpr double kConstant = 0.01;
constexpr double kCancelled = 0.1;  // 20 dB

double decibels(double amplitude) { return 20 * std::log10(amplitude); }

struct Level {
  double mean = 0;
  double rms = 0;    ///< about the mean
  double peak = 0;   ///< of the samples
  double swing = 0;  ///< the largest distance from the mean
};

Level level_of(const std::vector<float>& samples) {
  Level level;
  double sum = 0, squares = 0;
  for (const float sample : samples) sum += sample;
  const auto count = static_cast<double>(samples.size());
  level.mean = sum / count;
  for (const float sample : samples) {
    const double distance = std::abs(sample - level.mean);
    squares += distance * distance;
    level.peak = std::max(level.peak, static_cast<double>(std::abs(sample)));
    level.swing = std::max(level.swing, distance);
  }
  level.rms = std::sqrt(squares / count);
  return level;
}

std::vector<float> channel_of(const Sound& sound, std::size_t channel) {
  std::vector<float> samples(sound.frames());
  for (std::size_t frame = 0; frame < samples.size(); ++frame)
    samples[frame] = sound.samples[frame * static_cast<std::size_t>(sound.channels) + channel];
  return samples;
}

}  // namespace

double clipped_share(std::span<const float> samples) {
  std::size_t clipped = 0;
  for (std::size_t begin = 0; begin < samples.size();) {
    std::size_t end = begin + 1;
    while (end < samples.size() && samples[end] == samples[begin]) ++end;
    if (std::abs(samples[begin]) >= kClippedLevel && end - begin >= kClippedRun) clipped += end - begin;
    begin = end;
  }
  return static_cast<double>(clipped) / static_cast<double>(samples.size());
}

std::vector<std::string> doubts(const Sound& sound, const std::string& name) {
  double peak = 0, swing = 0, squares = 0, clipped = 0;
  for (std::size_t channel = 0; channel < static_cast<std::size_t>(sound.channels); ++channel) {
    const auto samples = channel_of(sound, channel);
    if (samples.empty()) return {};
    const auto level = level_of(samples);
    peak = std::max(peak, level.peak);
    swing = std::max(swing, level.swing);
    squares += level.rms * level.rms / sound.channels;
    clipped = std::max(clipped, clipped_share(samples));
  }
  if (peak == 0) return {name + " is silent: every sample is 0"};
  if (swing < 1e-6 * peak) return {name + " is silent: its samples never change"};

  std::vector<std::string> found;
  if (peak >= kIntegerPeak) {
    found.push_back(
        fmt::format("{} reaches {:.6g}, where full scale is 1: integers kept as floats? Divide them by {}",
                    name, peak, peak > 65536 ? "2147483648" : "32768"));
  } else if (swing < kQuietPeak) {
    found.push_back(fmt::format("{} is nearly silent: its peak lies at {:.0f} dBFS", name, decibels(swing)));
  }
  if (peak < kIntegerPeak && clipped > kClippedShare)
    found.push_back(
        fmt::format("{} is clipped: {:.1f} % of its samples stand at full scale", name, 100 * clipped));
  const auto middle = level_of(mono(sound).samples);
  if (std::abs(middle.mean) >= kConstant && std::abs(middle.mean) >= middle.rms / 2)
    found.push_back(fmt::format("{} has a constant of {:.3f} in it (DC)", name, middle.mean));
  if (sound.channels > 1 && middle.rms < kCancelled * std::sqrt(squares)) {
    found.push_back(
        fmt::format("{}: its channels cancel each other in their mean, which is what is heard here: "
                    "one of them is inverted",
                    name));
  }
  return found;
}

}  // namespace octet
