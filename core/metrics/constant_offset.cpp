#include "core/metrics/constant_offset.h"

#include <algorithm>
#include <numeric>

#include "core/metrics/signal_pair.h"

namespace octet {

double constant_offset(std::span<const float> reference, std::span<const float> test, int) {
  const auto samples = test.first(std::min(reference.size(), test.size()));
  if (samples.empty()) return kUndefined;
  return 100 * std::accumulate(samples.begin(), samples.end(), 0.0) / static_cast<double>(samples.size());
}

}  // namespace octet
