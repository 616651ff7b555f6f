#include "core/metrics/pitch_difference.h"

#include <algorithm>
#include <cmath>

#include "core/metrics/pitch.h"
#include "core/metrics/signal_pair.h"

namespace octet {
namespace {

struct Pitches {
  std::vector<double> reference, test;  // one as long as the other
};

Pitches pitches(std::span<const float> reference, std::span<const float> test, int sample_rate) {
  const auto common = std::min(reference.size(), test.size());
  return {pitch(reference.first(common), sample_rate), pitch(test.first(common), sample_rate)};
}

}  // namespace

double pitch_difference(std::span<const float> reference, std::span<const float> test, int sample_rate) {
  const auto [r, t] = pitches(reference, test, sample_rate);
  double squares = 0;
  int count = 0;
  for (std::size_t frame = 0; frame < r.size(); ++frame) {
    if (r[frame] == 0 || t[frame] == 0) continue;
    const double cents = 1200 * std::log2(t[frame] / r[frame]);
    squares += cents * cents;
    ++count;
  }
  return count > 0 ? std::sqrt(squares / count) : kUndefined;
}

double voicing_error(std::span<const float> reference, std::span<const float> test, int sample_rate) {
  const auto [r, t] = pitches(reference, test, sample_rate);
  if (r.empty()) return kUndefined;
  int wrong = 0;
  for (std::size_t frame = 0; frame < r.size(); ++frame) wrong += (r[frame] == 0) != (t[frame] == 0);
  return 100.0 * wrong / static_cast<double>(r.size());
}

}  // namespace octet
