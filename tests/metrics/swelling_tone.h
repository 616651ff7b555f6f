#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

namespace octet::test {

/// A tone that swells and ebbs, as tests of networks that predict opinions give it to them.
inline std::vector<float> tone(std::size_t samples, double stretch = 1) {
  std::vector<float> signal(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    const auto at = static_cast<double>(i) / stretch;
    signal[i] = static_cast<float>(0.3 * std::sin(0.05 * at) * (1 + 0.5 * std::sin(0.0007 * at)) / 1.5);
  }
  return signal;
}

}  // namespace octet::test
