#include "core/metrics/interval.h"

#include <cmath>
#include <limits>

namespace octet {
namespace {

/// 97.5 % quantile of Student's t.
double t_quantile(int degrees_of_freedom) {
  constexpr double kExact[] = {12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060,
                               2.2622,  2.2281, 2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199,
                               2.1098,  2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639,
                               2.0595,  2.0555, 2.0518, 2.0484, 2.0452, 2.0423};
  if (degrees_of_freedom <= static_cast<int>(std::size(kExact))) return kExact[degrees_of_freedom - 1];
  constexpr double z = 1.959964;  // first term of Cornish and Fisher's expansion: right to 0.003
  return z + (z * z * z + z) / (4 * degrees_of_freedom);
}

}  // namespace

Mean mean_with_interval(std::span<const double> values) {
  double sum = 0;
  int count = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    sum += value;
    ++count;
  }
  if (count == 0) return {std::numeric_limits<double>::quiet_NaN(), {}, 0};
  const double mean = sum / count;
  if (count == 1) return {mean, {}, 1};
  double squares = 0;
  for (const double value : values) {
    if (std::isfinite(value)) squares += (value - mean) * (value - mean);
  }
  const double standard_error = std::sqrt(squares / (count - 1) / count);
  return {mean, t_quantile(count - 1) * standard_error, count};
}

}  // namespace octet
