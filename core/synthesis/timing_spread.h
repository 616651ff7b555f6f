#pragma once

#include <vector>

namespace octet {

/// Of repeated measurements.
struct TimingSpread {
  double median = 0;
  double min = 0;
  double max = 0;
};

/// Of at least one value.
TimingSpread spread_of(std::vector<double> values);

}  // namespace octet
