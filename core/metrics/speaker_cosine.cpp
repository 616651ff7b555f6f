#include "core/metrics/speaker_cosine.h"

#include <cmath>
#include <limits>
#include <numeric>

namespace octet {

double speaker_cosine(std::span<const float> reference, std::span<const float> test) {
  const auto dot = [](std::span<const float> a, std::span<const float> b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
  };
  const double lengths = std::sqrt(dot(reference, reference) * dot(test, test));
  return lengths > 0 ? dot(reference, test) / lengths : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace octet
