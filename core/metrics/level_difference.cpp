#include "core/metrics/level_difference.h"

#include <ATen/ATen.h>

#include <cmath>

#include "core/metrics/signal_pair.h"

namespace octet {

double level_difference(std::span<const float> reference, std::span<const float> test, int) {
  const SignalPair pair(reference, test);
  const double r = pair.reference.norm().item<double>();
  const double t = pair.test.norm().item<double>();
  return r > 0 && t > 0 ? 20 * std::log10(t / r) : kUndefined;
}

}  // namespace octet
