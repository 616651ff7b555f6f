#include "ui/sound/waveform_peaks.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace octet::ui {
namespace {

constexpr std::int64_t kFirst = 64, kFactor = 4;

}  // namespace

WaveformPeaks::WaveformPeaks(std::span<const float> samples) {
  std::vector<Block> level;
  for (std::size_t begin = 0; begin < samples.size(); begin += kFirst) {
    Block block{samples[begin], samples[begin], 0};
    for (const float sample : samples.subspan(begin, std::min<std::size_t>(kFirst, samples.size() - begin))) {
      block.lowest = std::min(block.lowest, sample);
      block.highest = std::max(block.highest, sample);
      block.energy += static_cast<double>(sample) * sample;
    }
    level.push_back(block);
  }
  while (level.size() > 1) {
    std::vector<Block> coarser;
    for (std::size_t i = 0; i < level.size(); ++i) {
      if (i % kFactor == 0) {
        coarser.push_back(level[i]);
        continue;
      }
      Block& block = coarser.back();
      block.lowest = std::min(block.lowest, level[i].lowest);
      block.highest = std::max(block.highest, level[i].highest);
      block.energy += level[i].energy;
    }
    levels_.push_back(std::move(level));
    level = std::move(coarser);
  }
  if (!level.empty()) levels_.push_back(std::move(level));
}

WaveformPeaks::Stretch WaveformPeaks::of(std::span<const float> samples, std::int64_t begin,
                                         std::int64_t end) const {
  const auto size = static_cast<std::int64_t>(samples.size());
  begin = std::clamp<std::int64_t>(begin, 0, size);
  end = std::clamp<std::int64_t>(end, 0, size);
  if (begin >= end) return {};
  Block sum{std::numeric_limits<float>::max(), std::numeric_limits<float>::lowest(), 0};
  const auto add = [&](const Block& block) {
    sum.lowest = std::min(sum.lowest, block.lowest);
    sum.highest = std::max(sum.highest, block.highest);
    sum.energy += block.energy;
  };
  // From each end as coarse as it fits.
  for (std::int64_t at = begin; at < end;) {
    std::int64_t step = 1;
    std::size_t level = 0;
    while (level < levels_.size()) {
      const auto wider = level == 0 ? kFirst : step * kFactor;
      if (at % wider != 0 || at + wider > end) break;
      step = wider;
      ++level;
    }
    if (step == 1) {
      const float sample = samples[static_cast<std::size_t>(at)];
      add({sample, sample, static_cast<double>(sample) * sample});
    } else {
      add(levels_[level - 1][static_cast<std::size_t>(at / step)]);
    }
    at += step;
  }
  return {sum.lowest, sum.highest,
          static_cast<float>(std::sqrt(sum.energy / static_cast<double>(end - begin)))};
}

}  // namespace octet::ui
