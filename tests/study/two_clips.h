#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "core/metrics/clip_comparison.h"
#include "tests/demo_voice.h"

namespace octet::test {

inline std::shared_ptr<const Sound> tone(double seconds, double hertz) {
  Sound sound{16000, 1, std::vector<float>(static_cast<std::size_t>(16000 * seconds))};
  for (std::size_t i = 0; i < sound.samples.size(); ++i)
    sound.samples[i] = static_cast<float>(0.3 * std::sin(6.2831853 * hertz * static_cast<double>(i) / 16000));
  return std::make_shared<const Sound>(std::move(sound));
}

inline std::vector<ComparisonClip> two_clips() {
  return {{"a", spoken(9), tone(0.5, 220)}, {"b", spoken(12), tone(0.6, 330)}};
}

/// |test - reference| / |reference|
inline double error_of(const std::vector<float>& reference, const std::vector<float>& test) {
  double difference = 0, energy = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    difference += (double{test[i]} - reference[i]) * (double{test[i]} - reference[i]);
    energy += double{reference[i]} * reference[i];
  }
  return std::sqrt(difference / energy);
}

}  // namespace octet::test
