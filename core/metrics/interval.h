#pragma once

#include <optional>
#include <span>

namespace octet {

/// Mean of several values with its confidence interval.
struct Mean {
  double value = 0;                  ///< NaN when there was nothing to average
  std::optional<double> half_width;  ///< of the 95 % interval, mean +- this; absent for fewer than two values
  int count = 0;                     ///< values averaged
};

/// Mean and 95 % interval (Student's t) of the values that are finite.
Mean mean_with_interval(std::span<const double> values);

}  // namespace octet
