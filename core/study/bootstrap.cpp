#include "core/study/bootstrap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace octet {
namespace {

constexpr std::size_t kResamples = 10'000;

}  // namespace

BootstrapMeans::BootstrapMeans(std::span<const double> values) : resampled_(kResamples) {
  const auto mean_of = [&](const auto& drawn) {
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[drawn(i)];
    return sum / static_cast<double>(values.size());
  };
  mean_ = mean_of([](std::size_t i) { return i; });
  // The standard fixes what this generator gives, and of no distribution; of 2^64, the remainder is as good.
  std::mt19937_64 generator;  // NOLINT(cert-msc32-c,cert-msc51-cpp): always the same draws
  for (auto& mean : resampled_) mean = mean_of([&](std::size_t) { return generator() % values.size(); });
  std::ranges::sort(resampled_);
}

double BootstrapMeans::quantile(double share) const {
  const auto rank = std::floor(share * static_cast<double>(kResamples));
  return resampled_[static_cast<std::size_t>(std::clamp(rank, 0.0, static_cast<double>(kResamples - 1)))];
}

std::vector<std::string> too_few(std::size_t clips) {
  if (clips >= static_cast<std::size_t>(kFewestClips)) return {};
  return {fmt::format("{} clips are too few for a verdict: at least {} are needed", clips, kFewestClips)};
}

}  // namespace octet
