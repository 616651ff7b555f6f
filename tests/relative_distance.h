#pragma once

#include <cmath>
#include <span>

namespace octet::test {

/// |test - reference| / |reference|, L2. Infinite when the sizes differ; NaN stays NaN.
inline double relative_distance(std::span<const float> test, std::span<const float> reference) {
  if (test.size() != reference.size()) return std::numeric_limits<double>::infinity();
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < test.size(); ++i) {
    difference += std::pow(double(test[i]) - double(reference[i]), 2);
    norm += std::pow(double(reference[i]), 2);
  }
  return std::sqrt(difference / norm);
}

}  // namespace octet::test
