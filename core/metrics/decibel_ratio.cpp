#include "core/metrics/decibel_ratio.h"

#include <algorithm>
#include <cmath>

#include "core/metrics/signal_pair.h"
#include "core/metrics/snr.h"

namespace octet {

double decibel_ratio(double signal, double noise) {
  if (signal <= 0) return kUndefined;
  if (noise <= 0) return kIdenticalSnr;
  return std::clamp(10 * std::log10(signal / noise), -kIdenticalSnr, kIdenticalSnr);
}

}  // namespace octet
