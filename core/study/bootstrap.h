#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace octet {

/// Fewer values are too few to judge by their mean: of five, a percentile interval of 95 % holds the true
/// mean in about 80 % of cases.
inline constexpr int kFewestClips = 6;

/// What has to be said of so few clips that none of their verdicts could decide; empty of enough.
std::vector<std::string> too_few(std::size_t clips);

/// What the mean of some values might as well have been: the percentile bootstrap (Efron and Tibshirani, An
/// Introduction to the Bootstrap, 1993, ch. 13). 10,000 times as many values are drawn with replacement, by a
/// generator that always draws alike.
class BootstrapMeans {
 public:
  /// At least one value, all finite.
  explicit BootstrapMeans(std::span<const double> values);

  double mean() const { return mean_; }
  /// What so great a share of the means, 0 … 1, lies below.
  double quantile(double share) const;

 private:
  double mean_ = 0;
  std::vector<double> resampled_;  ///< sorted
};

}  // namespace octet
