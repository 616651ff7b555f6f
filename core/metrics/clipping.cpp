#include "core/metrics/clipping.h"

#include <algorithm>

#include "core/audio/sound_doubts.h"
#include "core/metrics/signal_pair.h"

namespace octet {

double clipping(std::span<const float> reference, std::span<const float> test, int) {
  const auto samples = test.first(std::min(reference.size(), test.size()));
  return samples.empty() ? kUndefined : 100 * clipped_share(samples);
}

}  // namespace octet
