#include "core/metrics/token_agreement.h"

#include <algorithm>

#include "core/metrics/signal_pair.h"

namespace octet {

double token_agreement(std::span<const std::int64_t> reference, std::span<const std::int64_t> test) {
  const auto common = std::min(reference.size(), test.size()),
             longest = std::max(reference.size(), test.size());
  if (longest == 0) return kUndefined;
  int same = 0;
  for (std::size_t i = 0; i < common; ++i) same += reference[i] == test[i];
  return 100.0 * same / static_cast<double>(longest);
}

}  // namespace octet
