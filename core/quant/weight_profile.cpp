#include "core/quant/weight_profile.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace octet {
namespace {

/// The bins' edges lie half a step of int8 beyond its levels, so that none of them is on one.
constexpr float kBeyondLargest = 127.5F / 127;

std::vector<std::int64_t> counted(std::span<const float> values, float limit) {
  constexpr auto kBins = WeightHistogram::kBins;
  std::vector<std::int64_t> counts(kBins, 0);
  if (limit == 0) {  // all of them 0
    counts[kBins / 2] = static_cast<std::int64_t>(values.size());
    return counts;
  }
  const float per_width = kBins / (2 * limit);
  for (const float value : values) {
    const auto bin = static_cast<std::ptrdiff_t>((value + limit) * per_width);
    // A type may round the largest up.
    ++counts[static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(bin, 0, kBins - 1))];
  }
  return counts;
}

float median_of_others_than_nought(std::span<const float> values) {
  std::vector<float> ordered;
  std::ranges::copy_if(values, std::back_inserter(ordered), [](float value) { return value != 0; });
  if (ordered.empty()) return 0;
  const auto middle = ordered.begin() + std::ssize(ordered) / 2;
  std::ranges::nth_element(ordered, middle);
  return *middle;
}

}  // namespace

double WeightError::decibels() const {
  return noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(signal / noise);
}

WeightProfile profile_weight(std::span<const float> exact, std::span<const float> stored,
                             std::size_t channels, std::size_t inner, std::span<const float> scales) {
  WeightProfile made;
  made.channels.resize(channels);
  for (std::size_t first = 0, channel = 0; first < exact.size(); first += inner) {
    auto& [largest, scale, error] = made.channels[channel];
    for (std::size_t i = first; i < first + inner; ++i) {
      const double value = exact[i], lost = value - stored[i];
      largest = std::max(largest, std::abs(exact[i]));
      error.signal += value * value;
      error.noise += lost * lost;
    }
    channel = channel + 1 == channels ? 0 : channel + 1;
  }
  for (std::size_t i = 0; i < channels; ++i) {
    auto& channel = made.channels[i];
    if (!scales.empty()) channel.scale = scales[i];
    made.error.signal += channel.error.signal;
    made.error.noise += channel.error.noise;
    made.histogram.limit = std::max(made.histogram.limit, channel.largest * kBeyondLargest);
  }
  made.histogram.exact = counted(exact, made.histogram.limit);
  made.histogram.stored = counted(stored, made.histogram.limit);
  return made;
}

std::vector<std::size_t> worst_channels(const WeightProfile& profile, std::size_t count) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < profile.channels.size(); ++i)
    if (profile.channels[i].error.noise > 0) order.push_back(i);
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return profile.channels[i].error.decibels(); });
  order.resize(std::min(order.size(), count));
  return order;
}

std::vector<std::size_t> outlying_channels(const WeightProfile& profile) {
  std::vector<float> largest(profile.channels.size());
  std::ranges::transform(profile.channels, largest.begin(), &ChannelProfile::largest);
  return standing_out(largest);
}

std::vector<std::size_t> standing_out(std::span<const float> values) {
  const float most = kStandsOut * median_of_others_than_nought(values);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (values[i] > most) order.push_back(i);
  std::ranges::stable_sort(order, std::greater(), [&](std::size_t i) { return values[i]; });
  return order;
}

}  // namespace octet
